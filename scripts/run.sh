#!/bin/sh
# `make run`: from whatever state the checkout is in to a server that answers.
set -eu
cd "$(dirname "$0")/.."
PORT=${PORT:-8000}
export PORT
: "${INDUCTION_BASE_URL:=http://127.0.0.1:$PORT}"
export INDUCTION_BASE_URL

scripts/setup.sh
if [ "$(uname -s)" = Darwin ]; then # where Homebrew's libraries are; Python does not look there
    DYLD_FALLBACK_LIBRARY_PATH=$(brew --prefix)/lib:${DYLD_FALLBACK_LIBRARY_PATH:-/usr/local/lib:/usr/lib}
    export DYLD_FALLBACK_LIBRARY_PATH
fi
python=.venv/bin/python

"$python" - "$PORT" <<'END' || exit 1
import socket, sys
try:
    port = int(sys.argv[1])
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        trial.bind(("127.0.0.1", port))
except (ValueError, OverflowError):
    sys.exit(f"PORT: {sys.argv[1]} is not a port number")
except OSError as error:
    sys.exit(f"PORT: cannot serve on port {port} ({error.strerror}); try make run PORT={port + 1}")
END

# The first time, the database is made under another name and gets its own when the demo institute is
# complete: a first start that is cut short leaves nothing half done.
instance=${INDUCTION_INSTANCE:-instance}
database="$instance/induction.sqlite"
if [ -z "${DATABASE_URL:-}" ] && [ ! -e "$database" ]; then
    echo "Making the database and a small demo institute"
    first="$instance/first-start.sqlite"
    mkdir -p "$instance"
    chmod 700 "$instance"
    if [ -e "$first" ]; then # the notes about its record of acts go with it
        rm -rf "$first" "$first"-* "$instance/checkpoints"
    fi
    DATABASE_URL="sqlite:///$(cd "$instance" && pwd)/first-start.sqlite" \
        "$python" -m flask --app app demo load --json >/dev/null
    "$python" - "$first" "$database" <<'END'
import os, sqlite3, sys
whole = sqlite3.connect(sys.argv[1])
whole.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # everything into the one file
whole.close()
os.replace(*sys.argv[1:])
END
fi

printf '\n  Learner Induction serves %s\n\n' "$INDUCTION_BASE_URL"
# Two commands in one process: loading the application is most of what each would take.
"$python" - <<'END'
from flask.cli import ScriptInfo

from app import app

for command in (["db", "upgrade"], ["demo", "sign-ins"]):  # none where the people are real
    app.cli.main(command, "flask", obj=ScriptInfo(create_app=lambda: app), standalone_mode=False)
END
printf '\n  The data is in %s/ and stays there. Ctrl-C ends the server.\n\n' "$instance"
exec "$python" -m gunicorn app:app
