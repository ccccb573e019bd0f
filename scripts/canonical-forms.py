#!/usr/bin/env python3
"""Writes the table of Unicode's canonical forms that the tokenizer's clean-up composes texts with, from Python's own data.

    python3 scripts/canonical-forms.py > src/PerceptionEncoder/Tokenization/CanonicalForms.txt
"""
import sys
import unicodedata

print(f"# Unicode {unicodedata.unidata_version}, written by scripts/canonical-forms.py")
print("# class: combining class, and the code points that have it")
classes = {}
for point in range(sys.maxunicode + 1):
    combining = unicodedata.combining(chr(point))
    if combining:
        classes.setdefault(combining, []).append(point)
for combining, points in sorted(classes.items()):
    runs = []
    for point in points:
        if runs and runs[-1][1] == point - 1:
            runs[-1][1] = point
        else:
            runs.append([point, point])
    print(f"{combining}:", *(f"{first:X}" if first == last else f"{first:X}-{last:X}" for first, last in runs))

print("# code point = its canonical parts; != where the parts do not become it again")
for point in range(sys.maxunicode + 1):
    parts = unicodedata.decomposition(chr(point))
    if parts and "<" not in parts:
        again = unicodedata.normalize("NFC", chr(point)) == chr(point)
        print(f"{point:X}{'' if again else '!'}=", *(f"{int(part, 16):X}" for part in parts.split()))
