#!/usr/bin/env bash
# Makes the synthetic studies of the journeys, then runs the real server on a free port.
set -euo pipefail
cd "$(dirname "$0")/../../.."
neuroscope=.venv/bin/neuroscope
studies="$JOURNEY_FOLDER/studies"
export NEUROSCOPE_HOME="$JOURNEY_FOLDER/home"
rm -rf "$NEUROSCOPE_HOME" # every run starts with an empty worklist

# A folder with studies from an earlier run is used again: JOURNEY_FOLDER=DIR npm run e2e
if [ ! -d "$studies" ]; then
  "$neuroscope" phantom --kind glioma --seed 10 --spacing 2 --sequences t1c --head --out "$studies/volume"
  "$neuroscope" phantom --kind meningioma --seed 3 --spacing 2 --sequences t1c --head --slices \
    --out "$studies/slices"
fi
if [ ! -d "$studies/dropped" ]; then
  mkdir "$studies/dropped"
  cp "$studies"/slices/*-axial.png "$studies/dropped/"
fi
if [ ! -d "$studies/sequences" ]; then
  "$neuroscope" phantom --kind glioma --seed 12 --spacing 4 --out "$studies/sequences"
  mv "$studies/sequences/segmentation.nii.gz" "$studies/drawn.nii.gz"
  mv "$studies/sequences/truth.json" "$studies/sequences.json"
fi
printf 'This is a letter, not a picture.' >"$studies/letter.png"

exec "$neuroscope" serve --port 0 --no-browser
