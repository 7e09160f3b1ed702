#!/bin/sh
# Makes the certificate's fonts from the full ones; README.md says where these come from.
# Needs fontTools: run it with the project's environment active.
set -eu
from=${1:?usage: subset.sh FOLDER_WITH_THE_FULL_FONTS}
to=$(dirname "$0")
letters='U+0020-007E,U+00A0-024F,U+0259,U+02BC,U+02C6-02DD,U+0300-0304,U+0306-030C,U+0312,U+0323-0328,U+0331,U+1E00-1EFF'
signs='U+2010-2015,U+2018-2022,U+2026,U+202F,U+2030,U+2032,U+2033,U+2039,U+203A,U+2044,U+20AC,U+2116,U+2122,U+2190-2193,U+2212,U+FB00-FB04'

subset() { # full file, name here, features
    pyftsubset "$from/$1" --output-file="$to/$2" --unicodes="$letters,$signs" \
        --layout-features="$3" --no-hinting --notdef-outline \
        --name-IDs='0,1,2,3,4,5,6,13,14' --drop-tables+=STAT,gasp,prep
}

garamond=kern,liga,mark,mkmk,ccmp,locl,lnum,tnum
subset eb-garamond/500Medium/EBGaramond_500Medium.ttf EBGaramond-Medium.ttf $garamond
subset eb-garamond/400Regular_Italic/EBGaramond_400Regular_Italic.ttf EBGaramond-Italic.ttf $garamond
subset inter/400Regular/Inter_400Regular.ttf Inter-Regular.ttf kern,mark,mkmk,ccmp,locl,tnum
