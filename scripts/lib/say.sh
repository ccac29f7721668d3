# Words for the person who runs a script.

# each argument is a line
say() { printf "%s\n" "$@"; }
warn() { printf 'warning: %s\n' "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }
