"""What the simulated sound card puts into its folder: configurations of ALSA, scripts that speak for its programs."""

from typing import Final

CONFIGURATION: Final = """\
pcm.!default {{
  type plug
  slave {{
    pcm {{ type file format raw file "{pipe}" slave.pcm {{ type null }} }}
    format S16_LE  rate {hz}  channels 1
  }}
}}
"""
MICROPHONE: Final = "pcm.!default { type asym capture.pcm { type null } }\n"
MIXER: Final = """\
#!/bin/sh
# Prints what amixer 1.2 prints of a card with one volume, one switch and one socket, from the files beside it.
cd "$(dirname "$0")/mixer" || exit 1
if [ -e hang ]; then exec sleep 600; fi
if [ -e delay ]; then sleep "$(cat delay)"; fi
if [ -e error ]; then cat error >&2; exit 1; fi
if [ -e noise ]; then cat noise; exit 0; fi
for word in "$@"; do
  case $word in
    [0-9]*%) printf %s "${word%\\%}" >volume ;;
    unmute) printf on >switch ;;
  esac
done
volume=$(cat volume)
printf "numid=1,iface=MIXER,name='Master Playback Volume'\\n"
printf "  ; type=INTEGER,access=rw---R--,values=2,min=0,max=100,step=1\\n  : values=%s,%s\\n" "$volume" "$volume"
printf "  | dBscale-min=-51.00dB,step=0.51dB,mute=0\\n"
printf "numid=2,iface=MIXER,name='Master Playback Switch'\\n"
printf "  ; type=BOOLEAN,access=rw------,values=1\\n  : values=%s\\n" "$(cat switch)"
printf "numid=3,iface=CARD,name='Headphone Jack'\\n"
printf "  ; type=BOOLEAN,access=r-------,values=1\\n  : values=%s\\n" "$(cat jack)"
"""
GONE: Final = "amixer: Control default open error: No such file or directory\n"
TAKEN: Final = "#!/bin/sh\necho 'aplay: main:831: audio open error: Device or resource busy' >&2\nexit 1\n"
