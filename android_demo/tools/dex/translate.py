"""Translate a dex file to class files with enjarify: translate.py DEX -o JAR -f.

enjarify 1.0.3 reads the constant of const-wide/32 without its sign, so that -2147483648L becomes
2147483648L; here it is mended.
"""

from enjarify import dalvikformats

CONST_WIDE_32 = 0x17
_decode = dalvikformats.decode


def decode(shorts, pos, opcode):
    end, results = _decode(shorts, pos, opcode)
    if opcode == CONST_WIDE_32:
        results[-1] = dalvikformats.sign(results[-1], 32)
    return end, results


dalvikformats.decode = decode

from enjarify.main import main  # noqa: E402 - after the repair, which its imports copy

main()
