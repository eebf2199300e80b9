"""The store on a Neo4j server (5.26 or later, Community is enough): the graph that people explore."""

from graph.neo4j_store.import_files import ImportFiles
from graph.neo4j_store.store import Neo4jStore

__all__ = ["ImportFiles", "Neo4jStore"]
