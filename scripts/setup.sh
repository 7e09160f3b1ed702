#!/bin/sh
# Brings a machine to the point where the application runs. Does nothing, quickly, where all is there.
#
#   scripts/setup.sh         what `make run` needs
#   scripts/setup.sh dev     also the linters and the test libraries
#   scripts/setup.sh test    also a browser, a PostgreSQL server and PDF tools for the tests
set -eu

# ---- What comes from the system. Add a package here and nowhere else. ------------------------------
# WeasyPrint draws with Pango and HarfBuzz. The fonts are for names on certificates that are not in
# Latin letters, which bring their own: Noto for Arabic, Bengali and most other scripts, WenQuanYi for
# Chinese, Japanese and Korean. macOS has fonts for all of these itself.
RUN_DEBIAN="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
            fonts-dejavu-core fonts-noto-core fonts-wqy-microhei"
RUN_BREW="pango"
# poppler-utils and qpdf read a certificate, unzip and openssl a pack, as anyone else would;
# Playwright's driver needs libatomic; ps shows which processes are left. nginx, systemd and promtool (of prometheus) read the
# files in deploy/; pgbouncer stands between the application and PostgreSQL.
TEST_DEBIAN="poppler-utils qpdf unzip openssl libatomic1 procps nginx pgbouncer prometheus systemd"
TEST_BREW="poppler qpdf nginx pgbouncer prometheus"
# Only where the tests find none: see needs_postgres and needs_browser.
POSTGRES_DEBIAN="postgresql"
POSTGRES_BREW="postgresql@17"
# Without windows; the whole Chromium takes a fifth to a half more time for the same pages.
BROWSER_DEBIAN="chromium-headless-shell"
# Installed by whoever wants those tests, since it is often there from elsewhere. That of Debian 12 is too old.
NODE_DEBIAN="nodejs npm"
# ----------------------------------------------------------------------------------------------------

level=${1:-run}
case $level in
    run | dev | test) ;;
    *) echo "usage: scripts/setup.sh [run|dev|test]" >&2; exit 2 ;;
esac
cd "$(dirname "$0")/.."
here=$(pwd -P)

say() { printf '%s\n' "$*"; }
stop() { printf 'setup: %s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

if has apt-get && has dpkg-query; then
    system=debian
elif [ "$(uname -s)" = Darwin ]; then
    system=macos
else
    system=other
fi

# ---- Python ----------------------------------------------------------------------------------------

find_python() {
    for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if has "$name" && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    stop "Python 3.11 or later is needed, and none was found. Set PYTHON to its path if it is there."
}

# The environment is ours, has pip, is recent enough and was made at this very place.
environment_is_sound() {
    grep -qs "^command = .* $here/.venv\$" .venv/pyvenv.cfg &&
        .venv/bin/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

# ---- System packages -------------------------------------------------------------------------------

missing_debian() {
    for package in "$@"; do
        case $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) in
            installed) ;;
            *) printf '%s ' "$package" ;;
        esac
    done
}

can_be_root() {
    [ "$(id -u)" = 0 ] && return
    has sudo || return
    [ -t 0 ] || sudo -n true 2>/dev/null # nobody may be there to type a password
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 \
        install --yes --no-install-recommends "$@" >/dev/null
}

# All that this level takes, once, for whoever has to ask somebody else to install it.
needed_debian() {
    echo "$venv_package $RUN_DEBIAN"
    if [ "$level" = test ]; then
        echo "$TEST_DEBIAN"
        if needs_postgres; then echo "$POSTGRES_DEBIAN"; fi
        if is_debian && needs_browser; then echo "$BROWSER_DEBIAN"; fi
    fi
}

install_debian() {
    missing=$(missing_debian "$@")
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2046  # one word for each package
    can_be_root || missing=$(missing_debian $(needed_debian))
    missing=${missing% }
    command="apt-get update && apt-get install --yes --no-install-recommends $missing"
    can_be_root || stop "system packages are missing; as root, run: $command"
    say "Installing from the system's packages: $missing"
    # The package lists may be absent or out of date: fetch them only then.
    # shellcheck disable=SC2086  # one word for each package
    apt_install $missing 2>/dev/null ||
        { as_root apt-get -qq update && apt_install $missing; } ||
        stop "could not install system packages; as root, run: $command"
}

install_brew() {
    has brew || stop "Homebrew is needed to install: $* (see https://brew.sh), then run this again"
    for formula in "$@"; do
        brew list --versions "$formula" >/dev/null 2>&1 || brew install --quiet "$formula" ||
            stop "could not install it; run: brew install $formula"
    done
}

# Anything else than Debian, Ubuntu and macOS: say what is needed, and let the libraries decide.
check_other() {
    "$1" -c 'import ctypes.util as c, sys
missing = [n for n in ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset") if not c.find_library(n)]
sys.exit(", ".join(missing) and "setup: install these libraries first: " + ", ".join(missing))'
}

install_run_packages() {
    case $system in
        # shellcheck disable=SC2086  # one word for each package
        debian) install_debian $venv_package $RUN_DEBIAN ;;
        # shellcheck disable=SC2086
        macos) install_brew $RUN_BREW ;;
        other) check_other "$python" ;;
    esac
}

# ---- Python packages, from the locks, every file checked against its hash ---------------------------

install_locked() {
    lock=$1
    # A copy of the lock stays in the environment: the same lock needs no second installation.
    cmp -s "$lock" ".venv/$lock" && return
    say "Installing the Python packages of $lock"
    rm -f .venv/requirements*.lock # what is there from now on is neither the one nor the other
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
        --require-hashes --no-deps --requirement "$lock" ||
        stop "could not install the Python packages of $lock"
    cp "$lock" ".venv/$lock"
}

# ---- What only the tests need ------------------------------------------------------------------------

needs_postgres() {
    ! ls /usr/lib/postgresql/*/bin/postgres /opt/homebrew/opt/postgresql@*/bin/postgres \
        /usr/local/opt/postgresql@*/bin/postgres 2>/dev/null | grep -q . && ! has postgres
}

needs_browser() {
    ! .venv/bin/python -m tests.support.chromium >/dev/null 2>&1
}

wants_the_shell() { # a whole Chromium serves as well, where another was chosen or nobody may install
    [ -z "${CHROMIUM:-}" ] && is_debian && ! has chromium-headless-shell && can_be_root
}

is_debian() { # itself, and no system that is made of it
    [ "$system" = debian ] && grep -q '^ID=debian' /etc/os-release
}

install_browser() {
    if is_debian; then
        # shellcheck disable=SC2086
        install_debian $BROWSER_DEBIAN
    else # Ubuntu's chromium is a snap, which cannot be driven everywhere: take Playwright's own
        say "Installing Chromium for the browser tests"
        as_root .venv/bin/python -m playwright install-deps chromium ||
            [ "$system" != debian ] || stop "could not install what Chromium needs"
        .venv/bin/python -m playwright install chromium ||
            stop "could not install Chromium; install it by hand or set CHROMIUM to its path"
    fi
}

install_test_packages() {
    case $system in
        # shellcheck disable=SC2086
        debian) install_debian $TEST_DEBIAN && if needs_postgres; then install_debian $POSTGRES_DEBIAN; fi ;;
        # shellcheck disable=SC2086
        macos) install_brew $TEST_BREW && if needs_postgres; then install_brew $POSTGRES_BREW; fi ;;
        other) ! needs_postgres || stop "install PostgreSQL first: the tests start a server of their own" ;;
    esac
    if needs_browser; then
        install_browser
    elif wants_the_shell; then # what there is will do
        (install_browser) || say "The tests drive the whole Chromium."
    fi
    install_peers
}

# What tests talk to that is written for Node.js. Without it they say so, and fail in CI.
install_peers() {
    if ! has npm || ! node --eval 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)'; then
        say "Without Node.js 20 or later ($NODE_DEBIAN) the tests of signing in with a provider are left out."
        return 0
    fi
    cmp -s tests/peers/package-lock.json tests/peers/node_modules/.installed && return
    say "Installing the npm packages of tests/peers"
    npm ci --prefix tests/peers --no-audit --no-fund --ignore-scripts --loglevel=error >/dev/null ||
        stop "could not install the npm packages of tests/peers"
    cp tests/peers/package-lock.json tests/peers/node_modules/.installed
}

# ---- In order ----------------------------------------------------------------------------------------

venv_package=
python=
if ! environment_is_sound; then
    python=$(find_python)
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if [ "$system" = debian ] && ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        venv_package="python$version-venv"
    fi
fi
install_run_packages
if [ -n "$python" ]; then
    say "Making .venv with Python $version"
    rm -rf .venv # where it is a link, the link goes and not what it leads to
    "$python" -m venv "$here/.venv" || stop "could not make .venv with $python"
fi
if [ "$level" = run ]; then
    # The development lock holds every package of the other, in the same version.
    cmp -s requirements-dev.lock .venv/requirements-dev.lock || install_locked requirements.lock
else
    install_locked requirements-dev.lock
fi
if [ "$level" = test ]; then install_test_packages; fi
