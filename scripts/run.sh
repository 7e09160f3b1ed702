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

# The mark says that the first start has not come to its end, however it was cut short.
instance=${INDUCTION_INSTANCE:-instance}
mark="$instance/first-start"
if [ -z "${DATABASE_URL:-}" ] && [ ! -e "$instance/induction.sqlite" ]; then
    mkdir -p "$instance"
    chmod 700 "$instance"
    : >"$mark"
fi
"$python" -m flask --app app db upgrade
if [ -e "$mark" ]; then
    echo "Loading the demo institute"
    "$python" -m flask --app app demo load
    rm "$mark"
fi

echo
echo "  Learner Induction serves $INDUCTION_BASE_URL"
"$python" -m flask --app app demo sign-ins 2>/dev/null || true # a database of real people has none
echo "  Ctrl-C stops it; the data stays in $instance/"
echo
exec "$python" -m gunicorn app:app
