"""Cuts the vocabulary of multilingual-e5-small to Russian, Ukrainian and English: 50,000 of 250,000 pieces, a fifth of
the table of vectors. Kept are the pieces that the dictionaries of simplemma need, and all short ones and signs."""

from __future__ import annotations

import argparse
import base64
import json
from pathlib import Path

import sentencepiece
import simplemma
from sentencepiece import sentencepiece_model_pb2 as proto
from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory

LANGUAGES = ("en", "ru", "uk")
SIGNS = "–—«»„“”’‘…№°€£©®§•·×½¼¾²³éèêëáàâäãåçñóòôöõúùûüíìîïÀÉßøØæÆœ₽₴₸¥%"
BEGIN, PAD, END, UNKNOWN = 0, 1, 2, 3  # as in the published vocabulary
SHORT = 2  # letters: any word can be spelled with them


def is_ours(piece: str) -> bool:
    """Whether a piece is of our scripts."""
    return all(ord(sign) < 128 or 0x400 <= ord(sign) < 0x530 or sign in SIGNS for sign in piece.replace("▁", ""))


def model(published: dict, keep: list[int]) -> bytes:
    """A SentencePiece model with these pieces, which normalises text as the published one does."""
    result = proto.ModelProto()
    kinds = {BEGIN: 3, PAD: 3, END: 3, UNKNOWN: 2}
    for number in keep:
        piece, score = published["model"]["vocab"][number]
        result.pieces.add(piece=piece, score=score, type=kinds.get(number, 1))
    for name, number in (("bos_id", BEGIN), ("pad_id", PAD), ("eos_id", END), ("unk_id", UNKNOWN)):
        setattr(result.trainer_spec, name, keep.index(number))
    result.trainer_spec.model_type, result.trainer_spec.vocab_size = 1, len(keep)  # unigram
    rules = result.normalizer_spec
    rules.name = "nmt_nfkc"
    rules.precompiled_charsmap = base64.b64decode(published["normalizer"]["normalizers"][0]["precompiled_charsmap"])
    rules.add_dummy_prefix = rules.remove_extra_whitespaces = rules.escape_whitespaces = True
    return result.SerializeToString()


def kept(published: dict) -> list[int]:
    """The numbers of the pieces to keep, in order."""
    pieces = [piece for piece, _ in published["model"]["vocab"]]
    ours = [
        number for number, piece in enumerate(pieces) if number <= UNKNOWN or (is_ours(piece) and piece != "<mask>")
    ]
    encode = sentencepiece.SentencePieceProcessor(model_proto=model(published, ours)).encode
    used = {token for word in words() for form in (word, word.capitalize()) for token in encode(form)}
    for place, number in enumerate(ours):
        letters = pieces[number].replace("▁", "")
        if number <= UNKNOWN or len(letters) <= SHORT or not any(map(str.isalpha, letters)):
            used.add(place)
    return [ours[place] for place in sorted(used)]


def words() -> set[str]:
    """All word forms of the dictionaries."""
    dictionaries = [DefaultDictionaryFactory().get_dictionary(language) for language in LANGUAGES]
    both = (word for one in dictionaries for pair in one.items() for word in pair)
    return {word.decode() if isinstance(word, bytes) else word for word in both}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=f"{__doc__} (simplemma {simplemma.__version__})")
    parser.add_argument("tokenizer", type=Path, help="tokenizer.json of intfloat/multilingual-e5-small")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    given = parser.parse_args()
    source = json.loads(given.tokenizer.read_text(encoding="utf-8"))
    keep = kept(source)
    (given.out / "answers.spm").write_bytes(model(source, keep))
    (given.out / "kept.json").write_text(json.dumps(keep), encoding="utf-8")
    print(len(keep), "pieces")
