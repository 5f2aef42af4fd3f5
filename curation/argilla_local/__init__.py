"""The real Argilla server, API and web pages, on this machine alone: no Docker, no Elasticsearch.

For tests and a first try: its own SQLite database, a Redis of its own, and a search engine that asks the database
(`inside/`, which runs in the server's venv). Production keeps Elasticsearch: see docker-compose.yml.
"""
