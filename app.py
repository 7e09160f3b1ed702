"""The application. ``python app.py`` serves it for a look; ``gunicorn app:app`` is production."""

import gc

gc.disable()  # nothing that is loaded is rubbish, and looking for it takes a fifth of the time

from induction import create_app
from induction.curriculum.faults import CurriculumError
from induction.environment import BadSetting
from induction.signing.keys import KeyFault

try:
    app = create_app()
except (BadSetting, CurriculumError, KeyFault) as error:
    raise SystemExit(str(error)) from error

# What is loaded by now stays for ever. Not looking through it for rubbish saves time, and leaves
# its memory shared between web workers. A page makes thousands of objects, and hardly one needs it.
gc.freeze()
gc.set_threshold(10_000)
gc.enable()

if __name__ == "__main__":
    app.run()
