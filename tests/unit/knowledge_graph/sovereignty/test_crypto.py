"""SM2, SM3, SM4: the vectors of standards and Wycheproof, the cases made here, and what must be refused."""

import hashlib
from collections.abc import Callable
from typing import Any

import gmalglib.sm2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_graph.errors import InvalidValueError
from knowledge_graph.sovereignty.canonical import canonical, parse_canonical
from knowledge_graph.sovereignty.crypto import curve, gmssl_check, self_test
from knowledge_graph.sovereignty.crypto.blind import BlindIndex
from knowledge_graph.sovereignty.crypto.digests import (
    DigestAlgorithm,
    digest,
    expand_sm3,
    hmac_sm3_is,
    join,
)
from knowledge_graph.sovereignty.crypto.envelope import (
    Place,
    SealKey,
    gcm_open,
    gcm_seal,
    key_id_of,
    seal,
    unseal,
)
from knowledge_graph.sovereignty.crypto.signatures import (
    Ed25519Signer,
    PublicKey,
    SignatureAlgorithm,
    Sm2Signer,
    sm2_verifies_der,
)
from knowledge_graph.sovereignty.crypto.transport import decrypt_with
from knowledge_graph.sovereignty.errors import KeyFormatError, SealError, SelfTestError
from knowledge_graph.sovereignty.verifier import sm2_holds

Vectors = Callable[[str], Any]
KEY = SealKey(id="k1", secret=bytes(range(16)))
PLACE = Place(tenant="t", table="contact", column="phone", row="7", subject="s1")
unhex = bytes.fromhex


def test_sm3_vectors_in_all_implementations(vectors: Vectors) -> None:
    for case in vectors("sm/sm_standard_vectors.json")["sm3"]:
        message = unhex(case["msg"])
        assert digest(DigestAlgorithm.SM3, message).hex() == case["digest"]
        assert gmssl_check.sm3_digest(message).hex() == case["digest"]


def test_sm4_vectors(vectors: Vectors) -> None:
    data = vectors("sm/sm_standard_vectors.json")
    block, cbc, gcm = data["sm4_block"][0], data["sm4_cbc_nopad"][0], data["sm4_gcm"][0]
    assert gmssl_check.sm4_block(unhex(block["key"]), unhex(block["pt"])).hex() == block["ct"]
    padded = gmssl_check.sm4_cbc_encrypt(unhex(cbc["key"]), unhex(cbc["iv"]), unhex(cbc["pt"]))
    assert padded.hex()[: len(cbc["ct"])] == cbc["ct"]
    assert (
        gmssl_check.sm4_cbc_decrypt(unhex(cbc["key"]), unhex(cbc["iv"]), padded).hex() == cbc["pt"]
    )
    key, nonce, plain, aad = (unhex(gcm[name]) for name in ("key", "iv", "pt", "aad"))
    assert gcm_seal(key, nonce, plain, aad).hex() == gcm["ct"] + gcm["tag"]
    assert gmssl_check.sm4_gcm_ciphertext(key, nonce, plain).hex() == gcm["ct"]


def test_wycheproof_sm4_gcm(vectors: Vectors) -> None:
    opened = 0
    for group in vectors("sm/wycheproof_sm4_gcm.json")["testGroups"]:
        for case in group["tests"]:
            key, nonce, aad, plain = (unhex(case[name]) for name in ("key", "iv", "aad", "msg"))
            body = unhex(case["ct"] + case["tag"])
            if len(nonce) != 12:
                with pytest.raises(InvalidValueError):
                    gcm_open(key, nonce, body, aad)
            elif case["result"] == "valid":
                assert gcm_open(key, nonce, body, aad) == plain
                assert gcm_seal(key, nonce, plain, aad) == body
                opened += 1
            else:
                with pytest.raises(SealError):
                    gcm_open(key, nonce, body, aad)
    assert opened > 20


def test_wycheproof_hmac_sm3(vectors: Vectors) -> None:
    seen = 0
    for group in vectors("sm/wycheproof_hmac_sm3.json")["testGroups"]:
        for case in group["tests"]:
            key, message, tag = unhex(case["key"]), unhex(case["msg"]), unhex(case["tag"])
            assert hmac_sm3_is(key, message, tag) is (case["result"] == "valid"), case["tcId"]
            seen += 1
    assert seen == 174


def test_sm2_standard_signature(vectors: Vectors) -> None:
    case = vectors("sm/sm_standard_vectors.json")["sm2_sign"][0]
    public, message, signature = (
        unhex(case["pub_xy"]),
        unhex(case["msg"]),
        unhex(case["r"] + case["s"]),
    )
    assert PublicKey(algorithm=SignatureAlgorithm.SM2, raw=public).verifies(message, signature)
    made = gmssl_check.sm2_sign_with(unhex(case["d"]), public, message, int(case["k"], 16))
    assert made == signature


def test_sm2_signature_cases_in_three_verifiers(
    vectors: Vectors, capfd: pytest.CaptureFixture[str]
) -> None:
    cases = vectors("sm/sm2_cases.json")["sign"]
    for case in cases:
        public, message = unhex(case["pub_xy"]), unhex(case["msg"])
        if "sig_der" in case:
            verdicts = {
                sm2_verifies_der(public, message, unhex(case["sig_der"])),
                gmssl_check.sm2_verifies_der(public, message, unhex(case["sig_der"])),
            }
        else:
            signature = unhex(case["sig_rs"])
            key = PublicKey(algorithm=SignatureAlgorithm.SM2, raw=public)
            verdicts = {
                key.verifies(message, signature),
                gmssl_check.sm2_verifies(public, message, signature),
                sm2_holds(public, message, signature),
            }
        assert verdicts == {case["valid"]}, case["why"]
    capfd.readouterr()  # the native library prints its complaints
    assert len(cases) == 179


def test_sm2_encryption_cases(vectors: Vectors, capfd: pytest.CaptureFixture[str]) -> None:
    for case in vectors("sm/sm2_cases.json")["encrypt"]:
        private, sealed = unhex(case["d"]), unhex(case["ct_c1c3c2"])
        if case["valid"]:
            assert decrypt_with(private, sealed) == unhex(case["pt"])
        else:
            with pytest.raises(SealError):
                decrypt_with(private, sealed)
    standard = vectors("sm/sm_standard_vectors.json")["sm2_encrypt_c1c3c2"][0]
    whole = unhex(standard["c1_xy"] + standard["c3"] + standard["c2"])
    assert decrypt_with(unhex(standard["d"]), whole) == unhex(standard["pt"])
    capfd.readouterr()


def test_signers_agree_with_other_libraries() -> None:
    signer = Sm2Signer.generate()
    for message in (b"", b"x", bytes(range(256)) * 40):
        signature = signer.sign(message)
        assert gmssl_check.sm2_verifies(signer.public.raw, message, signature)
        other = gmalglib.sm2.SM2(pk=b"\x04" + signer.public.raw)
        assert other.verify(message, signature)
        again = gmssl_check.sm2_sign(signer.secret(), signer.public.raw, message)
        assert signer.public.verifies(message, again)
        assert not signer.public.verifies(message + b"!", signature)


def test_keys_with_an_awkward_beginning_are_not_mangled() -> None:
    found = 0
    for _ in range(400):
        signer = Sm2Signer.generate()
        if signer.public.raw[0] >> 4 in {0, 4}:
            assert gmssl_check.sm2_verifies(signer.public.raw, b"m", signer.sign(b"m"))
            found += 1
        if found == 3:
            break
    assert found


def test_bad_keys_are_refused() -> None:
    good = Sm2Signer.generate()
    off_curve = good.public.raw[:-1] + bytes((good.public.raw[-1] ^ 1,))
    for raw in (off_curve, bytes(64), b"\x04" + good.public.raw, b""):
        with pytest.raises(KeyFormatError):
            PublicKey(algorithm=SignatureAlgorithm.SM2, raw=raw)
    with pytest.raises(KeyFormatError):
        Sm2Signer(Sm2Signer.generate().secret(), good.public.raw)
    for scalar in (bytes(32), curve.N.to_bytes(32, "big"), (curve.N - 1).to_bytes(32, "big"), b"1"):
        with pytest.raises(KeyFormatError):
            curve.check_private(scalar)
    with pytest.raises(KeyFormatError):
        PublicKey(algorithm=SignatureAlgorithm.ED25519, raw=bytes(31))


def test_ed25519_signs_and_refuses() -> None:
    signer = Ed25519Signer.generate()
    signature = signer.sign(b"m")
    assert signer.public.verifies(b"m", signature)
    assert Ed25519Signer(signer.secret()).public == signer.public
    for wrong in (signature + b"\0", signature[:-1], bytes(64)):
        assert not signer.public.verifies(b"m", wrong)


@given(value=st.binary(max_size=300))
@settings(max_examples=40)
def test_an_envelope_opens_only_in_its_place(value: bytes) -> None:
    sealed = seal(KEY, value, PLACE)
    assert unseal(KEY, sealed, PLACE) == value
    assert key_id_of(sealed) == "k1"
    assert seal(KEY, value, PLACE) != sealed
    for name in ("tenant", "table", "column", "row", "subject"):
        moved = Place(**{f: getattr(PLACE, f) for f in PLACE.__slots__} | {name: "other"})
        with pytest.raises(SealError):
            unseal(KEY, sealed, moved)


@given(at=st.integers(0, 10_000), bit=st.integers(0, 7), cut=st.integers(1, 60))
@settings(max_examples=60)
def test_a_changed_or_cut_envelope_does_not_open(at: int, bit: int, cut: int) -> None:
    sealed = bytearray(seal(KEY, b"13800138000", PLACE))
    sealed[at % len(sealed)] ^= 1 << bit
    with pytest.raises(SealError):
        unseal(KEY, bytes(sealed), PLACE)
    whole = seal(KEY, b"13800138000", PLACE)
    with pytest.raises(SealError):
        unseal(KEY, whole[:-cut], PLACE)


def test_places_cannot_be_shifted_into_each_other() -> None:
    one = Place(tenant="t", table="ab", column="c", row="", subject="")
    two = Place(tenant="t", table="a", column="bc", row="", subject="")
    assert one.bound() != two.bound()
    assert join(b"", b"x") != join(b"x", b"")


def test_another_key_or_version_does_not_open() -> None:
    sealed = seal(KEY, b"v", PLACE)
    for key in (SealKey(id="k1", secret=bytes(16)), SealKey(id="k2", secret=KEY.secret)):
        with pytest.raises(SealError):
            unseal(key, sealed, PLACE)
    for broken in (b"", b"\2" + sealed[1:], sealed[:1] + b"\2" + sealed[2:], sealed[:5]):
        with pytest.raises(SealError):
            key_id_of(broken)
    assert "0001" not in repr(KEY)
    with pytest.raises(KeyFormatError):
        SealKey(id="k", secret=bytes(32))


def test_the_second_library_agrees_with_envelopes() -> None:
    for value in (b"", b"13800138000", bytes(100)):
        assert gmssl_check.agrees(KEY, seal(KEY, value, PLACE), PLACE)


def test_labels_and_indexes_separate() -> None:
    labels = {expand_sm3(bytes(16), label) for label in ("a", "b", "field", "blob")}
    assert len(labels) == 4
    phone, mail = BlindIndex(bytes(16), "contact.phone"), BlindIndex(bytes(16), "contact.email")
    other = BlindIndex(bytes(15) + b"1", "contact.phone")
    assert phone.token("１３８") == phone.token("138 ")
    assert len({phone.token("138"), mail.token("138"), other.token("138")}) == 3
    with pytest.raises(KeyFormatError):
        BlindIndex(b"short", "x")


def test_gmssl_wrapper_closes_its_gaps() -> None:
    with pytest.raises(SealError):
        gmssl_check.sm4_cbc_decrypt(bytes(16), bytes(16), bytes(17))
    with pytest.raises(SealError):
        gmssl_check.sm4_cbc_decrypt(bytes(16), bytes(16), b"")
    bad = 0
    for n in range(40):
        block = hashlib.sha256(bytes((n,))).digest()[:16]
        try:
            gmssl_check.sm4_cbc_decrypt(bytes(16), bytes(16), block)
        except SealError:
            bad += 1
    assert bad >= 38
    with pytest.raises(KeyFormatError):
        gmssl_check.sm4_block(bytes(32), bytes(16))
    assert not hasattr(gmssl_check, "decrypt")


def test_self_test_passes_quietly_and_notices(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    self_test.self_test()
    assert capfd.readouterr().err == ""
    assert gmssl_check.is_secure()
    assert len(gmssl_check.func.random_hex(64)) == 64
    monkeypatch.setattr(gmssl_check, "sm3_digest", lambda data: bytes(32))
    with pytest.raises(SelfTestError, match="SM3"):
        self_test.self_test()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=5), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(value=JSON)
def test_canonical_json_round_trips(value: Any) -> None:
    data = canonical(value)
    assert parse_canonical(data) == value
    assert canonical(parse_canonical(data)) == data


@pytest.mark.parametrize(
    "text",
    [
        '{"b":1,"a":2}',
        '{"a":1,"a":1}',
        '{ "a":1}',
        '"\\u0041"',
        "1.0",
        "1e3",
        "NaN",
        "[",
        "\ufeff1",
    ],
)
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(InvalidValueError):
        parse_canonical(text.encode())


def test_canonical_orders_by_utf16_and_refuses_inexact_numbers() -> None:
    assert canonical({"\ufb33": 1, "\U0001f600": 2}).decode() == '{"\U0001f600":2,"\ufb33":1}'
    for value in (1.5, 2**53, b"x", {1: 2}, "\ud800"):
        with pytest.raises(InvalidValueError):
            canonical(value)  # type: ignore[arg-type]  # what callers must not pass
