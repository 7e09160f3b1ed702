"""The application. ``python app.py`` serves it for a look; ``gunicorn app:app`` is production."""

from induction import create_app

app = create_app()

if __name__ == "__main__":
    app.run()
