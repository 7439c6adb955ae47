# shellcheck shell=bash
# What several scripts share; env.sh is sourced first.

# shellcheck source=scripts/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

title_open=false

# One clear line on what happened and what to do.
die() {
    if $title_open; then echo; fi
    printf 'aliyarface: %s\n' "$*" >&2
    exit 1
}

megabytes_in() { du -sm "$1" 2>/dev/null | cut -f1; }

# Runs a command with its output in a log, and shows every 5 s that it lives: megabytes in folder $2
# if one is given, else a dot. run_shown LOG FOLDER COMMAND...
run_shown() {
    local log=$1 folder=$2 waited=0 status=0
    shift 2
    # The lock of set-up (9) must not live on in a child that outlives us.
    "$@" >>"$log" 2>&1 </dev/null 9>&- &
    worker=$!
    while kill -0 "$worker" 2>/dev/null; do
        sleep 0.2
        waited=$((waited + 1))
        if ((waited % 25 == 0)); then
            if [ -n "$folder" ]; then printf ' %s MB ...' "$(megabytes_in "$folder")"; else printf ' ...'; fi
        fi
    done
    wait "$worker" || status=$?
    worker=
    return "$status"
}

# Fails unless folder $1 lies on a disk with $2 megabytes free.
need_space() {
    local free
    free=$(df -Pm "$1" | awk 'NR == 2 { print $4 }')
    ((free >= $2)) || die "$1 has $free MB free and needs $2: free some space, or set XDG_CACHE_HOME to a folder on a larger disk."
}

# A plugin folder of its own: GStreamer searches folders deeply, and would load (and blacklist) all
# that cargo keeps beside the plugin.
use_built_plugin() {
    mkdir -p "$CARGO_TARGET_DIR/plugin"
    ln -sfn ../release/libgstaliyarface.so "$CARGO_TARGET_DIR/plugin/libgstaliyarface.so"
    export GST_PLUGIN_PATH=$CARGO_TARGET_DIR/plugin${GST_PLUGIN_PATH:+:$GST_PLUGIN_PATH}
    # The user's own registry shall not remember a plugin that is only being built.
    export GST_REGISTRY=$aliyarface_cache/registry.bin
}
