# shellcheck shell=bash
# Where everything lies and how cargo finds it. Source it in bash: `. scripts/env.sh`.
# A variable that is set already is kept, unless it names a folder of our own cache: that one may
# belong to an older pin.

aliyarface_repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export HOME=${HOME:-~}
aliyarface_cache=${XDG_CACHE_HOME:-$HOME/.cache}/aliyarface

# rustup's cargo comes before a distribution's older one.
if [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ]; then
    PATH=${CARGO_HOME:-$HOME/.cargo}/bin:$PATH
fi

aliyarface_version() { sed -n "s/^$1==\([^ ]*\) .*/\1/p" "$aliyarface_repo/scripts/packages.txt"; }

aliyarface_key() { sha256sum <"$aliyarface_repo/$1" | cut -c1-12; }

# Exports variable $1 with the default $2.
aliyarface_export() {
    case ${!1:-} in
    '' | "$aliyarface_cache"/*) export "$1=$2" ;;
    *) export "${1?}" ;;
    esac
}

aliyarface_export LIBTORCH "$aliyarface_cache/libtorch-$(aliyarface_version torch)"
aliyarface_export ALIYARFACE_LITERT "$aliyarface_cache/litert-$(aliyarface_version ai-edge-litert)"
aliyarface_export ALIYARFACE_MODELS "$aliyarface_cache/models-$(aliyarface_key models/manifest.toml)"
aliyarface_export ALIYARFACE_SAMPLES "$aliyarface_cache/samples-$(aliyarface_key scripts/samples.txt)"
aliyarface_export ALIYARFACE_REPORT "$aliyarface_cache/report-$(aliyarface_key scripts/report-packages.txt)"
aliyarface_export ALIYARFACE_WEB "$aliyarface_cache/web-$(aliyarface_key crates/aliyarface-app/web/package-lock.json)"
aliyarface_export CARGO_TARGET_DIR "$aliyarface_cache/target"

# Debian's OpenCV modules without the huge libopencv-dev have no pkg-config file.
aliyarface_export OPENCV_LINK_PATHS "/usr/lib/$(gcc -print-multiarch 2>/dev/null || echo x86_64-linux-gnu)"
aliyarface_export OPENCV_INCLUDE_PATHS "/usr/include/opencv4,/usr/include/$(gcc -print-multiarch 2>/dev/null || echo x86_64-linux-gnu)/opencv4"
