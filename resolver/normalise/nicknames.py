"""Given names and their nicknames, so that Bob and Robert can be told to be one name.

A compact table of common usage in English, German, French and Spanish. Each line is a canonical name and its short and
pet forms; a form may belong to several names (Alex, Pat, Bert), and then shares a canonical name with each.
"""

from __future__ import annotations

_GROUPS = """
abigail: abby abbie abbey gail
abraham: abe bram
adelaide: addie della heidi
adeline: addie ada
agnes: aggie nessie
albert: al bert bertie albrecht
alexander: alex alec al sandy xander lex sasha alexandre alejandro alessandro alick
alexandra: alex lexi lexie sandra sandy sasha alexandria ali
alejandro: alex jandro ale
alejandra: alex jandra ale
alfred: al alf alfie fred freddy
alice: allie ally ali alicia
alison: allison ali allie ally
amanda: mandy manda mandi
amelia: amy millie milly mel emelia
anastasia: stacy stacey ana nastya
andrea: andie andi drea
andrew: andy drew andre andreas
andreas: andi andy
angela: angie angel angelina geli
ann: anne annie nan nancy nina anna annette anita
anna: anni annie ana anya anne
antoinette: toni nettie
anthony: tony ant antony
antonio: tono tonio toni antoni
antonia: toni tonia
archibald: archie baldie
arnold: arnie arne
arthur: art artie
augustus: gus august
augustin: gus agustin austin
barbara: barb barbie babs bab barbra bobbie babsi
barnabas: barney barnaby
bartholomew: bart barth bat
beatrice: bea bee trixie trix beatrix beatriz
belinda: bel linda lindy
benedict: ben bennie
benjamin: ben benny benji benjy bennie
bernard: bernie barney bern bernhard
bernadette: bernie detta
bertram: bert bertie
beverly: bev beverley
bradley: brad
bradford: brad
brenda: bren
bridget: biddy bridie bridgette brigid
brigitte: gitte gitta britta
bruno: brun
calvin: cal
cameron: cam
camilla: millie milla cammie
caroline: carrie carol caro carolyn lina line carolin
carolina: caro lina
cassandra: cass cassie sandra sandy
catherine: cathy kate katie kathy kit kitty kay cat cath cathie katherine kathryn katharine catharine kathleen
charles: charlie chuck chas chaz charley chip carl carlos
charlotte: charlie lottie lotte lola char
chester: chet
christian: chris kris christiaan
christina: chris christy chrissy tina kristina christine kirsty crissie kristin
christine: chris chrissie christy tina christina
christopher: chris kit topher kris christoph christophe cristobal
claudia: claudie
clarence: clarrie clare
clifford: cliff
clinton: clint
conrad: con konrad kurt
constance: connie
cornelius: neil con corny cor cees
cornelia: nelly connie corrie nele
curtis: curt kurt
cynthia: cindy cyn cindi
daniel: dan danny dani
daniela: dani danny
danielle: dani danny elle
david: dave davy davey dai
deborah: deb debbie debby debra debora
denise: denny
dennis: den denny denis
dolores: lola lolita loli
dominic: dom nick dominik dominique
donald: don donny donnie
dorothy: dot dottie dolly dora dorothea dodie
dorothea: dora thea dorle doro
douglas: doug dougie
duncan: dunc
edgar: ed eddie
edith: edie
edmund: ed eddie ned ted
eduardo: edu lalo eddie
edward: ed eddie ted teddy ned eduard eddy
edwin: ed eddie win
eleanor: ellie nell nelly nellie ella elle lenore nora eleanora elinor
elizabeth: liz lizzie lizzy beth betty betsy bess bessie eliza elisabeth libby lisa liza elsie elise lilibet lise
elisabeth: lisa lisbeth elsa else liesel lisl sissi betti elli ilse
emily: em emmy millie milly emilie emmie
emilio: emi milo
emma: em emmy
enrique: quique kike
eric: rick ricky erik
ernest: ernie ern ernst
esther: essie hettie ester
eugene: gene
eugenia: genie gena
evelyn: eve evie lyn
ezekiel: zeke
felicity: flick fliss
ferdinand: ferdi nando fernand
fernando: nando fer
florence: flo florrie flora flossie
frances: fran franny fanny francie frankie franca
francis: frank frankie fran
francisco: paco pancho curro kiko fran cisco
francisca: paca paqui fran
francoise: fanchon fran
franklin: frank frankie
franz: franzl
franziska: franzi fanny ziska
frederick: fred freddie freddy rick fritz frederic fredrick frederik
friedrich: fritz fred fiete
gabriel: gabe gab gabi
gabriela: gabi gaby
gabrielle: gabby gabi gaby elle gabriele
genevieve: gen ginny viv
geoffrey: geoff jeff jeffrey
george: georgie geo
georgina: georgie gina georgia
gerald: gerry jerry ged
gerard: gerry jerry gerrard
gerhard: gerd gert
gertrude: gertie trudy trudi gerti
gilbert: gil bert
gloria: glo
gonzalo: gonza
graham: graeme grahame
gregory: greg gregg gregor
gretchen: greta grete
guadalupe: lupe lupita
guillermo: memo guille
gustav: gus
gwendolyn: gwen wendy gwenda
hans: hansi hannes johannes johann
harold: harry hal
harriet: hattie harry hettie
harvey: harv
hannelore: hanne lore
heather: heath
heinrich: heinz heini heiner hinrich
helen: nell nellie ellen helena lena elena helene
helena: lena leni helen
henry: harry hank hal henri
herbert: herb bert herbie
herman: hermann manny
hubert: hugh bert
hugh: hughie hugo
ignacio: nacho
ignatius: iggy naz
irene: rene
isaac: ike zac
isabel: belle bella izzy isabella isabelle issy bell isa chabela tibby
isidore: izzy isidoro
jacob: jake jakob jack
jacqueline: jackie jacqui jacky jaclyn
jaime: jimmy jaimito
james: jim jimmy jamie jem jimmie jas jaime
jane: janie jenny janey janet jean
janet: jan jenny nettie
janice: jan
jason: jay jase
jean: jeannie jeanne jeanette
jean-claude: jc
jeanne: jeannette jeannot
jeffrey: jeff geoff geoffrey jeffery
jennifer: jen jenny jenn jennie jenni
jeremiah: jerry jeremy jem
jeremy: jem jerry
jerome: jerry
jessica: jess jessie jessy
jesus: chus chuy
joachim: jochen achim jo
joan: joanie
joanna: jo joanne joann jojo
joaquin: quino
johann: hans hannes
johanna: hanna hanne jo hanni
johannes: hans hannes jo johann
john: jack johnny jon johnnie jock jonny ian
jonathan: jon jonny jonty nathan
jorge: coque
jose: pepe pepito chepe joselito
josefa: pepa pepi fina
josefina: fina pepa
joseph: joe joey jo josef jose
josef: sepp jupp beppo
josephine: jo josie jojo fifi josefine
joshua: josh
joyce: joy
juan: juanito juancho
juana: juanita
judith: judy judi jude
julia: julie jule jules
julian: jules jule
juliana: julie jules liana
kaspar: caspar jasper
karl: kalle carl karle
karl-heinz: kalle
karoline: karo lina line
katharina: kathi katja kathrin kati katrin trine kaethe
katherine: kate katie kathy kat kay kit kitty kathryn catherine kathleen katharine
kenneth: ken kenny
kimberly: kim kimmy kimberley
kristina: kris krissy tina kristin
lambert: bert
lawrence: larry laurie lars laurence lorenz lawrie
leonard: leo len lenny leon leonhard
leonardo: leo nardo
leopold: leo poldi
leslie: les lesley
lewis: lew louis lou louie
lillian: lil lily lilly lillie
linda: lindy lin lyn
louis: lou louie lewis ludwig
louise: lou lulu louisa
lourdes: lulu
lucy: lu lucille lucinda lucia
lucille: lu lucy
luis: lucho
ludwig: lutz lui
lydia: liddy
mackenzie: mac kenzie
madeline: maddy maddie madeleine madelyn lena
magdalena: lena magda leni malena
malcolm: mal malc
manuel: manolo manny manu lolo
manuela: manu lola
marcus: mark marc markus
margaret: maggie meg peggy marge margie margo greta daisy madge rita megan mags margery margot maisie peg
margarethe: grete gretel gretchen greta margret margarete
marguerite: margot
maria: mary marie mia mimi mitzi ria maja marita maruja mari
maria jose: marijo
maria teresa: maite
maria isabel: maribel
maria dolores: lola
maria luisa: marisa
marianne: mary marian nanni
marilyn: mary lyn
marion: mary
marjorie: marge margie marj
mark: marc marcus
martha: marty mattie patty
martin: marty mart
martina: tina marty
mary: molly polly mamie may mae minnie maria marie
mathilda: tilly mattie tilda matilda
matthew: matt matty mat mathew
matthias: matze mathis hias
maurice: mo morris maury
maximilian: max maxi
maxine: max
maxwell: max
melanie: mel mellie
melissa: mel missy lissa
mercedes: merche
michael: mike mick mickey mikey mickie micky mitch michel mickael
michaela: ela micha
michelle: shelly chelle mickie shell
mildred: millie milly
millicent: millie milly
miguel: migue miguelito
miranda: mandy randy
miriam: mimi mim
mitchell: mitch
montgomery: monty
monica: mona monika moni
morris: mo morrie
mortimer: mort
moses: moe mo
nancy: nan
natalie: nat nattie talia nathalie
natasha: tasha nat
nathan: nat nate
nathaniel: nat nate nathan natty
nicholas: nick nicky nico nic nicolas klaus nikolas colin
nicole: nicky nikki nic nicki nichole
nikolaus: klaus niko niklas claus
norman: norm
oliver: ollie noll
olivia: liv livvy ollie livia
oscar: ozzie ossie
oswald: oz ozzy ossie
pamela: pam pammy
patricia: pat patty patti tricia trish pattie patsy trisha
patrick: pat paddy patsy pad rick
paula: paulie polly
pauline: paula polly lina
pedro: perico
penelope: penny nelly
percival: percy
peter: pete petey pierre piet
petra: petri
philip: phil pip phillip philipp philippe
philippa: pippa pip
phyllis: phyl
priscilla: cilla prissy
prudence: pru prue
rachel: rach rae shelly rachael
rafael: rafa
ralph: rafe ralf
ramon: moncho
randall: randy
randolph: randy dolph
raymond: ray raymund
rebecca: becky becca beck reba rebekah
reginald: reg reggie rex
reinhard: reini
ricardo: ricky rick richie
richard: rick dick rich ricky richie dickie rickie ritchie
robert: bob rob bobby robbie bert robin rupert bobbie robby
roberta: bobbie robbie berta
roberto: beto rob tito
roderick: rod rick roddy
rodney: rod
rodrigo: rodri
roger: rodge rog
roland: rollie rolly roly
ronald: ron ronnie ronny
rosalind: roz ros rosie
rosario: charo
rosemary: rose rosie romy
roxanne: roxy
rudolph: rudy dolph rudolf rudi
rupert: rob
russell: russ rusty
salvador: chava salva sal
samantha: sam sammy
samuel: sam sammy
sandra: sandy
santiago: santi chago diego
sarah: sally sadie sara sal
sebastian: seb basti bastian bas
sebastien: seb bastien
sergio: checo
sharon: shari shaz
sheila: shelly
shirley: shirl
sidney: sid sydney
siegfried: sigi siggi
sigmund: sig siggi
silvia: sil sylvia
solomon: sol solly
sophia: sophie sofia sofie fia
stanley: stan
stephanie: steph steffi stef stephie stefanie fanny
stephen: steve stevie steven stefan stephan steph
stuart: stu stewart
susan: sue susie suzy suzanne susanna sukey susannah suzie
susanne: susi sanne susanna
sylvester: sly
tabitha: tabby
tamara: tammy tam
teresa: terry tess tessa tere theresa tracy therese reese resi
terence: terry tel terrence
thaddeus: tad thad
theodore: ted teddy theo theodor
theodora: thea dora
theresa: tess terry tessa teresa tracy
thomas: tom tommy thom tam
timothy: tim timmy timo
tobias: toby tobi tobe
tomas: tom
ulrich: uli ulli
ulrike: uli rike ulli
ursula: uschi ursel ulla ursi
valentina: val tina
valerie: val
vanessa: nessa ness
veronica: ronnie vero roni vron veronika
vicente: chente
victor: vic viktor
victoria: vicky vicki tori vic vickie
vincent: vin vince vinny vinnie
viola: vi
violet: vi lettie
virginia: ginny ginger gina
vivian: viv
walter: walt wally wat
wendy: wen
werner: wern
wilfred: wilf fred will
wilhelm: willi willy helmut
wilhelmina: mina minnie billie willa wilma
william: bill will billy willy liam willie wills wm
winifred: winnie fred freda
winston: win winnie
wolfgang: wolf wolfi
xavier: javier xavi
javier: javi
yolanda: yoli yola
yvonne: vonnie
zachary: zach zack zak zachariah zac
"""


def _read(groups: str) -> dict[str, frozenset[str]]:
    canonical: dict[str, set[str]] = {}
    for line in groups.strip().splitlines():
        name, _, forms = line.partition(": ")
        name = name.replace("-", " ")
        for form in (name, *forms.split()):
            canonical.setdefault(form, set()).add(name)
    return {form: frozenset(names) for form, names in canonical.items()}


_CANONICAL = _read(_GROUPS)


def canonical_given_names(name: str) -> frozenset[str]:
    """The canonical names a normalised given name may stand for; itself alone if it is in no group. Two names may be
    the same person's if their sets meet: bob {robert}, robert {robert, …}."""
    return _CANONICAL.get(name) or frozenset((name,))
