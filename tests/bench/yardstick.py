"""The yardstick: the smallest honest page, which every other page's cost is divided by.

One row through SQLAlchemy from SQLite, one Jinja template, a new session for each request, about
4 kB of text. BENCH_YARDSTICK names the database file.
"""

import os
from pathlib import Path

from flask import Flask, render_template
from jinja2 import DictLoader
from sqlalchemy import Text, create_engine, event, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

SENTENCE = "A learner asks before filming, and names nobody who has not agreed to be named. "
PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{{ chapter.heading }}</title></head>
<body>
<main>
<h1>{{ chapter.heading }}</h1>
{% for paragraph in paragraphs %}<p>{{ paragraph }}</p>
{% endfor %}
<p><a href="/{{ chapter.id + 1 }}">Next</a></p>
</main>
</body>
</html>
"""


class Base(DeclarativeBase):
    """The one table's base."""


class Chapter(Base):
    """A page's worth of text."""

    __tablename__ = "chapter"

    id: Mapped[int] = mapped_column(primary_key=True)
    heading: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)


engine = create_engine(f"sqlite:///{Path(os.environ['BENCH_YARDSTICK']).resolve()}")


@event.listens_for(engine, "connect")
def _as_the_application_does(connection: object, _record: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")  # type: ignore[attr-defined]


def prepare() -> None:
    """Make and fill the table, once, before the server starts."""
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        for number in range(1, 9):
            session.add(Chapter(id=number, heading=f"Chapter {number}", words=SENTENCE * 50))
        session.commit()
    engine.dispose()


app = Flask(__name__)
app.jinja_env.loader = DictLoader({"chapter.html": PAGE})  # compiled once, as from a file


@app.get("/")
@app.get("/<int:number>")
def chapter(number: int = 1) -> str:
    """One row, one template."""
    with Session(engine) as session:
        found = session.scalars(select(Chapter).where(Chapter.id == number)).one()
        paragraphs = [found.words[i : i + 400] for i in range(0, len(found.words), 400)]
        return render_template("chapter.html", chapter=found, paragraphs=paragraphs)


if __name__ == "__main__":
    prepare()
