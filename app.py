"""The application. ``python app.py`` serves it for a look; ``gunicorn app:app`` is production."""

from induction import create_app
from induction.certificates.keys import KeyFault
from induction.config import BadSetting
from induction.curriculum.faults import CurriculumError

try:
    app = create_app()
except (BadSetting, CurriculumError) as error:
    raise SystemExit(str(error)) from error
except KeyFault as error:
    raise SystemExit(f"INDUCTION_SIGNING_P12: {error}") from error

if __name__ == "__main__":
    app.run()
