# The command line and the API. Build: docker build --tag whograph .   Run: docker run whograph --help
FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY graph graph
COPY resolver resolver
COPY api api
COPY cypher cypher
RUN python -m venv /opt/whograph && /opt/whograph/bin/pip install --no-cache-dir --disable-pip-version-check .

FROM python:3.12-slim
RUN useradd --system --uid 10001 --no-create-home whograph && mkdir /data && chown whograph /data
COPY --from=build /opt/whograph /opt/whograph
ENV PATH=/opt/whograph/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
WORKDIR /data
EXPOSE 8000
ENTRYPOINT ["whograph"]
CMD ["serve"]
