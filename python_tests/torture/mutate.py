"""Bytes and texts that are nearly right."""

from random import Random

NUMBERS = (0, 1, 2, 127, 128, 255, 256, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**57, 2**63 - 1, 2**64 - 1)


def some_bytes(random: Random, content: bytes, start: int = 0, stop: int | None = None) -> bytes:
    """A few changes between two places, most of which keep the length."""
    made = bytearray(content)
    for _ in range(random.choice((1, 1, 2, 5))):
        size = (len(made) if stop is None else min(stop, len(made))) - start
        if size <= 0:
            break
        at = start + random.randrange(size)
        match random.randrange(12):
            case 0 | 1 | 2:
                made[at] ^= 1 << random.randrange(8)
            case 3 | 4:
                made[at] = random.randrange(256)
            case 5 | 6:
                width = random.choice((1, 2, 4, 8))
                number = random.choice(NUMBERS) % 256**width
                made[at : at + width] = number.to_bytes(width, random.choice(("big", "little")))
                del made[max(len(content), at + width) :]
            case 7:
                length = random.randint(1, 64)
                source = start + random.randrange(size)
                piece = made[source : source + length]
                made[at : at + len(piece)] = piece
            case 8:
                length = random.randint(1, 4096)
                made[at : at + length] = bytes(len(made[at : at + length]))
            case 9:
                del made[at : at + random.randint(1, 8)]
            case 10:
                made[at:at] = random.randbytes(random.randint(1, 8))
            case 11 if random.random() < 0.3:
                del made[at:]
    return bytes(made)


def some_text(random: Random, text: str, words: tuple[str, ...] = ()) -> str:
    """A few characters or words of a text are others."""
    if words and random.random() < 0.7:
        parts = text.split(" ")
        at = random.randrange(len(parts))
        match random.randrange(4):
            case 0:
                del parts[at]
            case 1:
                parts.insert(at, random.choice(words))
            case 2:
                parts[at] = random.choice(words)
            case 3:
                other = random.randrange(len(parts))
                parts[at], parts[other] = parts[other], parts[at]
        return " ".join(parts)
    return some_bytes(random, text.encode()).decode(errors=random.choice(("replace", "ignore", "surrogateescape")))
