"""Reading transcripts: formats, encodings, and input that is broken; nothing that was said may be lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forwhom.io.transcripts import Options, Read, read_file, read_transcripts
from forwhom.io.transcripts.reading import read_bytes
from forwhom.problems import ProblemsFound
from forwhom.programme.session import code
from forwhom.programme.session.balance import balance
from forwhom.programme.session.risk import turns_with

VTT = """WEBVTT

NOTE not said

1
00:00:01.000 --> 00:00:03.000 align:start
<v Therapist>What was it &amp; how?</v>

00:00:02.500 --> 00:00:99.000
<v Mary Smith>I <i>just</i> know.

It goes on after an empty line.

00:00:09.000 --> 00:00:05.000
Therapist: Yes.
Mary Smith: No.
"""


def said(read: Read) -> list[tuple[str, str]]:
    return [(turn.role, turn.text) for turn in read.transcript.turns]


def codes(read: Read) -> set[str]:
    return {problem.code for problem in read.notices}


def from_text(text: str, name: str, options: Options | None = None) -> Read:
    return read_bytes(text.encode(), name, options or Options())[0]


def test_webvtt_with_broken_times_overlap_and_two_speakers_in_a_caption() -> None:
    read = from_text(VTT, "s.vtt")
    assert said(read) == [
        ("therapist", "What was it & how?"),
        ("patient", "I just know. It goes on after an empty line."),
        ("therapist", "Yes."),
        ("patient", "No."),
    ]
    assert {"broken-time", "end-before-start", "overlap"} <= codes(read)
    assert read.transcript.turns[0].start == 1.0
    assert read.transcript.turns[1].end is None


def test_srt_without_blank_lines_with_carriage_returns_and_going_back() -> None:
    text = "1\r\n00:00:05,000 --> 00:00:06,000\r\nPatient: Second.\r\n2\r\n00:00:01,000 --> 00:00:02,000\r\nTherapist: First?\r\n"
    read = from_text(text, "s.srt")
    assert [words for _, words in said(read)] == ["First?", "Second. 2"]
    assert "times-go-back" in codes(read)


def test_half_written_captions_keep_what_is_there() -> None:
    read = from_text("WEBVTT\n\n00:01.000 --> 00:02.000\nT: What?\n\n00:03.000 --> 00:04.000\nP: I th", "s.vtt")
    assert said(read)[-1] == ("patient", "I th")
    cut = from_text("WEBVTT\n\n00:01.000 --> 00:02.000\nT: What?\nP: No.\n\n00:03.000 --> 00:0", "s.vtt")
    assert "What?" in said(cut)[0][1]
    assert {"cut-off", "broken-time"} & codes(cut)


@pytest.mark.parametrize(
    ("encoding", "assumed"),
    [
        ("utf-8", ""),
        ("utf-8-sig", ""),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("cp1252", "Windows-1252"),
        ("utf-32", "UTF-32"),
    ],
)
def test_encodings_are_read_and_guesses_said(encoding: str, assumed: str) -> None:
    text = "Therapist: Wie geht es Ihnen, Frau Müller?\nPatient: Müde – und »leer«.\n"
    read = read_bytes(text.encode(encoding), "s.txt", Options())[0]
    assert said(read)[1] == ("patient", "Müde – und »leer«.")
    assert any(assumed in each for each in read.transcript.assumed) if assumed else not read.transcript.assumed


def test_a_file_cut_in_the_middle_of_a_letter() -> None:
    read = read_bytes("T: Was?\nP: Müü".encode()[:-1], "s.txt", Options())[0]
    assert said(read)[1] == ("patient", "Mü")
    assert codes(read) == {"cut-off"}


def test_tables_by_name_by_option_and_without_a_header() -> None:
    table = 'Start,Interlocutor,Utterance\n0:01,therapist,"What, then?"\n0:05,client,Nothing.\n'
    assert said(from_text(table, "s.csv")) == [("therapist", "What, then?"), ("patient", "Nothing.")]
    own = "wer;was\nA;What did you feel then?\nB;I felt sad and I left.\n"
    read = from_text(own, "s.csv", Options(("a",), ("B",), {"speaker": "wer", "text": "was"}))
    assert [role for role, _ in said(read)] == ["therapist", "patient"]
    bare = from_text("T\tWhat was it?\nP\tNothing.\nT\tHow come?\nP\tNo idea.\n", "s.tsv")
    assert [role for role, _ in said(bare)] == ["therapist", "patient"] * 2
    assert "No column is named" in bare.transcript.assumed[0]


def test_an_unclosed_quote_spoils_its_own_line_only() -> None:
    read = from_text('speaker,text\nT,"What?\nP,No.\nT,Why?\n', "s.csv")
    assert [words for _, words in said(read)] == ["What?", "No.", "Why?"]
    assert "unclosed-quote" in codes(read)


def test_wrong_columns_are_all_told_at_once() -> None:
    with pytest.raises(ProblemsFound) as found:
        from_text("a,b\n1,2\n", "s.csv", Options(columns={"speaker": "x", "text": "y"}))
    assert [problem.column for problem in found.value.problems] == ["x", "y"]


def test_several_sessions_in_one_table(tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("id,speaker,text\n1,T,What?\n1,P,No.\n2,T,How?\n2,P,So.\n", encoding="utf-8")
    read = read_transcripts(path, Options(columns={"session": "id"}))
    assert [each.transcript.name for each in read] == ["s 1", "s 2"]
    with pytest.raises(ProblemsFound, match="2 sessions"):
        read_file(path, Options(columns={"session": "id"}))


def test_speakers_told_guessed_unknown_and_alone() -> None:
    text = "Anna: What was that like for you? How did you feel?\nBen: I was sad. I left.\n" * 3
    guessed = from_text(text, "s.txt")
    assert [role for role, _ in said(guessed)][:2] == ["therapist", "patient"]
    assert "name them if this is wrong" in guessed.transcript.assumed[0]
    told = from_text(text, "s.txt", Options(therapist=("ben",)))
    assert [role for role, _ in said(told)][:2] == ["patient", "therapist"]
    three = from_text("Therapist: So?\nPatient: No.\nMum: But yes.\n", "s.txt")
    assert said(three)[2] == ("unknown", "But yes.")
    assert "speaker-unknown" in codes(three)
    alone = from_text("Therapist: So?\nTherapist: And?\n", "s.txt")
    assert codes(alone) == {"one-speaker"}


def test_unknown_names_and_speakers_are_errors_together() -> None:
    with pytest.raises(ProblemsFound) as found:
        from_text("A: Yes.\nB: Yes.\n", "s.txt", Options(therapist=("C",), patient=("D",)))
    wrong = [problem.code for problem in found.value.problems if problem.severity == "error"]
    assert wrong == ["unknown-speaker", "unknown-speaker", "speakers-unknown"]


def test_empty_turns_are_kept_and_counted() -> None:
    read = from_text("T: What?\nP:\nT: Hm.\nP: \n", "s.txt")
    assert [words for _, words in said(read)] == ["What?", "", "Hm.", ""]
    assert {(p.code, p.count) for p in read.notices} == {("empty-turn", 2), ("one-speaker", 1)}


@pytest.mark.parametrize("data", [b"", b"   \n", b"\xff\xfe", b"WEBVTT\n\n"])
def test_nothing_to_read_is_said(data: bytes) -> None:
    with pytest.raises(ProblemsFound):
        read_bytes(data, "s.vtt", Options())


_WORD = st.text("abcdefgh", min_size=1, max_size=8)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["Therapist", "Patient"]), st.lists(_WORD, min_size=1, max_size=6)),
        min_size=2,
        max_size=12,
    ),
    st.data(),
)
def test_no_word_is_lost_whatever_lines_are_broken(turns: list[tuple[str, list[str]]], data: st.DataObject) -> None:
    lines = ["WEBVTT", ""]
    for k, (who, words) in enumerate(turns):
        times = data.draw(
            st.sampled_from(
                [f"00:00:{k:02d}.000 --> 00:00:{k + 1:02d}.000", f"00:{k}:99 --> soon", f"{k}:00 --> 0:0", "-->"]
            )
        )
        lines += [times, f"<v {who}>{' '.join(words)}", *data.draw(st.sampled_from([[], [""], ["", ""]]))]
    try:
        read = from_text("\n".join(lines), "s.vtt")
    except ProblemsFound as found:
        if "speakers-unknown" not in {p.code for p in found.problems}:
            raise
        return
    kept = " ".join(words for _, words in said(read)).split()
    assert sorted(kept) == sorted(word for _, words in turns for word in words)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["s.vtt", "s.srt", "s.csv", "s.txt"]))
def test_any_bytes_give_a_session_or_problems(data: bytes, name: str) -> None:
    try:
        read_bytes(data, name, Options())
    except ProblemsFound as found:
        if not found.problems:
            raise


def test_a_remark_after_a_name_and_other_signs_than_a_colon_begin_a_turn() -> None:
    text = (
        "Therapist: That sounds painful.\nPatient [crying]: I took an overdose.\nT: Oh.\nPatient (very quietly): Yes.\n"
        "Patient - I want to die.\nT> What?\nPatient:No blank.\nPatient looked away\n"
    )
    read = from_text(text, "s.txt")
    assert said(read) == [
        ("therapist", "That sounds painful."),
        ("patient", "[crying] I took an overdose."),
        ("therapist", "Oh."),
        ("patient", "(very quietly) Yes. I want to die."),
        ("therapist", "What?"),
        ("patient", "No blank. Patient looked away"),
    ]
    assert {"no-colon", "name-in-line"} <= codes(read)


def test_brackets_may_belong_to_a_name() -> None:
    read = from_text(
        "Speaker (A): What was it?\nSpeaker (B): Nothing.\n", "s.txt", Options(("speaker (a)",), ("Speaker (B)",))
    )
    assert [role for role, _ in said(read)] == ["therapist", "patient"]


@pytest.mark.parametrize("name", ["s.txt", "s.vtt"])
def test_reported_speech_at_the_beginning_of_a_line_is_no_speaker(name: str) -> None:
    own = "Patient: It was awful.\nHe said: you are nothing.\nHe said: go.\nDoctor said: eat.\nReason: I was drunk.\n"
    text = f"Therapist: And then?\n{own}Therapist: I see.\n"
    read = from_text("WEBVTT\n\n00:00:01.000 --> 00:00:09.000\n" + text if name == "s.vtt" else text, name)
    assert [role for role, _ in said(read)] == ["therapist", "patient", "therapist"]
    assert said(read)[1][1].endswith("Doctor said: eat. Reason: I was drunk.")
    assert [p.count for p in read.notices if p.code == "no-speaker"] == [4]


def test_others_who_speak_are_told() -> None:
    read = from_text("Therapist: How are you?\nInterpreter: She is afraid.\nPatient: Thank you.\n", "s.txt")
    assert said(read)[1] == ("other", "She is afraid.")
    assert "speaker-other" in codes(read)


def test_name_and_time_above_the_words() -> None:
    text = "Maria Lopez   0:03\nWhat is on your mind?\nSam Doe   0:09\nI am leaving.\nAt 7:30.\nMaria Lopez   1:15\nHow do you feel?\n"
    read = from_text(text, "s.txt")
    assert said(read) == [
        ("therapist", "What is on your mind?"),
        ("patient", "I am leaving. At 7:30."),
        ("therapist", "How do you feel?"),
    ]
    assert [turn.start for turn in read.transcript.turns] == [3.0, 9.0, 75.0]


@pytest.mark.parametrize("name", ["s.vtt", "s.csv"])
def test_a_broken_clock_is_no_silence(name: str) -> None:
    cues = [("0:01", "0:03", "T", "What?"), ("80:00", "10:00", "P", "Well."), ("5:00", "5:02", "T", "Yes?")]
    if name == "s.vtt":
        text = "WEBVTT\n\n" + "\n\n".join(f"{a}.000 --> {b}.000\n<v {who}>{words}" for a, b, who, words in cues)
    else:
        text = "start,end,speaker,text\n" + "\n".join(",".join(cue) for cue in cues)
    read = from_text(text, name)
    assert "end-before-start" in codes(read)
    transcript = read.transcript
    assert balance(code(transcript), transcript).silences == ()


def test_a_caption_whose_start_cannot_be_read_is_told_and_keeps_its_place() -> None:
    head = "WEBVTT\n\n00:01.000 --> 00:06.000\n<v Therapist>So?\n\n00:04.000 --> 00:09.000\n<v Patient>Nothing!\n\n"
    broken = "bad time --> 00:12.000\n<v Patient>I swallowed bleach.\n\n"
    text = f"{head}00:03.000 --> 00:05.000\n<v Mum>Oh.\n\n{broken}00:13.000 --> 00:14.000\n<v Therapist>When?\n"
    read = from_text(text, "s.vtt")
    assert [words for _, words in said(read)] == ["So?", "Oh.", "Nothing! I swallowed bleach.", "When?"]
    told = {problem.code: problem.row for problem in read.notices}
    assert told["broken-time"] == 12


def test_an_arrow_in_what_is_said_is_no_time() -> None:
    head = "WEBVTT\n\n00:01.000 --> 00:06.000\n<v Therapist>First this --> then that.\n\n"
    text = f"{head}00:07.000 --> 00:08.000\n<v Patient>At 10:30 --> noon.\n"
    assert [words for _, words in said(from_text(text, "s.vtt"))] == ["First this --> then that.", "At 10:30 --> noon."]


def test_a_caption_without_words_hides_no_silence() -> None:
    cues = (
        "00:01.000 --> 00:03.000\n<v Therapist>So?",
        "00:03.500 --> 02:07.000\n<v Patient>",
        "02:08.000 --> 02:09.000\n<v Patient>Yes.",
    )
    transcript = from_text("WEBVTT\n\n" + "\n\n".join(cues) + "\n", "s.vtt").transcript
    assert [round(seconds) for _, seconds in balance(code(transcript), transcript).silences] == [125]


@pytest.mark.parametrize("form", ["**{}:** {}", "**{}**: {}", "_{}:_ {}", "{}\t{}"])
def test_names_in_bold_or_before_a_tab_are_speakers(form: str) -> None:
    lines = [("Therapist", "What happened?"), ("Patient", "Nothing."), ("Therapist", "Tell me."), ("Patient", "No.")]
    assert said(from_text("\n".join(form.format(*line) for line in lines), "s.txt")) == [
        (name.casefold(), words) for name, words in lines
    ]


TIMES = "00:00:01.000 --> 00:00:03.000"
LATER = "00:00:04.000 --> 00:00:06.000"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"WEBVTT\n{TIMES}\nTherapist: How are you?\n{LATER}\nPatient: I want to die.\n", "s.vtt"),
        (f"WEBVTT\n1\n{TIMES}\nPatient: I want to die.\n\n2\n{LATER}\nTherapist: Oh.\n", "s.vtt"),
        (f"1\n{TIMES}\nPatient: Well <whispers I want to die> yes.\n\n2\n{LATER}\nTherapist: Oh.\n", "s.srt"),
        (f"1\n{TIMES}\nPatient: Well.\n\nI want to die.\n{LATER}\nTherapist: Oh.\n", "s.srt"),
        (f"1\n{TIMES} Patient: I want to die.\n\n2\n{LATER}\nTherapist: Oh.\n", "s.srt"),
        (f"WEBVTT\n\n{TIMES}\nTherapist: Oh?\n\nNOTE checked\n{LATER}\nPatient: I want to die.\n", "s.vtt"),
        ("P,I went home tired, I want to die\nT,What then, can you say?\nP,So, I sat there\nT,Oh\n", "s.csv"),
        ('speaker,text\nT,What did he say?\nP,He said "shut up\nP,I want to die.\nT,What "now\nP,Yes.\n', "s.csv"),
    ],
)
def test_no_word_of_the_patient_is_lost(text: str, name: str) -> None:
    words = " ".join(turn.text for turn in from_text(text, name).transcript.of("patient"))
    assert "I want to die" in words


def test_two_who_speak_in_one_caption_are_nobody_known() -> None:
    text = f"1\n{TIMES}\nTherapist: Hi.\n\n2\n{LATER}\n- And?\n- I am furious.\n\n3\n00:00:07.000 --> 00:00:08.000\nPatient: No.\n"
    read = from_text(text, "s.srt")
    assert said(read) == [("therapist", "Hi."), ("unknown", "And?"), ("unknown", "I am furious."), ("patient", "No.")]


@pytest.mark.parametrize("name", ["s.txt", "s.csv"])
def test_rows_of_one_speaker_are_one_turn_in_every_format(name: str) -> None:
    rows = [("P", "I am"), ("P", "furious."), ("T", "Yes?"), ("P", "No.")]
    lines = [f"{who}: {text}" if name == "s.txt" else f"{who},{text}" for who, text in rows]
    text = "\n".join(lines if name == "s.txt" else ["speaker,text", *lines]) + "\n"
    assert [words for _, words in said(from_text(text, name))] == ["I am furious.", "Yes?", "No."]


SENTENCE = "I don’t want to live anymore – “no”."


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (f"{SENTENCE} ".encode() + b"caf\xe9 ", "wrong-encoding"),
        (SENTENCE.replace("”", "!").encode().decode("cp1252").encode(), "encoded-twice"),
        (SENTENCE.replace("’", "�").encode(), "lost-letters"),
        (SENTENCE.replace("’", "?").encode(), "lost-letters"),
        (SENTENCE.replace("’", "´").encode(), ""),
        (SENTENCE.replace("’", "&#39;").encode(), ""),
        (SENTENCE.replace("don’t", "do n't").encode(), ""),
        (SENTENCE.replace("’", "").encode(), ""),
        (SENTENCE.replace("live", "li\u00adve").encode(), ""),
        (SENTENCE.replace(" ", " " * 12).encode(), ""),
        (SENTENCE.replace("to live", "to (sighs) live").encode(), ""),
        (SENTENCE.encode("mac-roman"), ""),
        (SENTENCE.encode("cp1252"), ""),
    ],
)
def test_danger_is_found_however_the_letters_were_written(data: bytes, told: str) -> None:
    (read,) = read_bytes(b"P: " + data + b"\nT: Oh.\n", "s.txt", Options())
    assert turns_with(code(read.transcript)) == (1,)
    assert not told or told in codes(read)


@pytest.mark.parametrize("heard", ["T: Mm-hm.\n", "T: Yeah, okay.\n", "T: Mm.\nObserver: Oh.\n"])
def test_a_sentence_of_danger_is_read_across_a_mm_hm(heard: str) -> None:
    read = from_text(f"P: I really do not want\n{heard}P: to live any more.\nT: What?\n", "s.txt")
    coded = code(read.transcript)
    assert turns_with(coded) == (len(read.transcript.turns) - 1,)
    apart = from_text("P: I really do not want\nT: Tell me about the week.\nP: to live near her.\nT: What?\n", "s.txt")
    assert turns_with(code(apart.transcript)) == ()


def test_the_patients_mother_is_not_the_patient_and_names_are_taken_in_any_case() -> None:
    read = from_text("Patient's mother: He hates me!\nPatient: I was at school.\nTherapist: And?\n", "s.txt")
    assert [role for role, _ in said(read)] == ["other", "patient", "therapist"]
    text = "ANNA: Well?\nTom: No.\nAnna: Why?\nTom: So.\nanna: Oh.\n"
    (named,) = read_bytes(text.encode(), "s.txt", Options(therapist=("Anna",), patient=("tom",)))
    assert {role for role, _ in said(named)} == {"therapist", "patient"}


@pytest.mark.parametrize(
    "line",
    [
        "<i>Patient: I am lost.</i>", "<b>Patient:</b> I am lost.", '<font color="#ff0000">Patient: I am lost.</font>',
        "{\\an8}Patient: I am lost.", "♪ Patient: I am lost. ♪", "&gt;&gt; Patient: I am lost.",
    ],
)  # fmt: skip
def test_a_name_inside_markup_is_a_name(line: str) -> None:
    text = f"1\n{TIMES}\nTherapist: Hi.\n\n2\n{LATER}\n{line}\n\n3\n00:00:07.000 --> 00:00:08.000\nTherapist: Oh.\n"
    assert said(from_text(text, "s.srt")) == [("therapist", "Hi."), ("patient", "I am lost."), ("therapist", "Oh.")]


@pytest.mark.parametrize("led", ["- ", '"', "• ", "12 ", "12. ", "\u200e", "\ufeff", "— "])
def test_a_sign_before_a_known_name_hides_nobody(led: str) -> None:
    text = f"Therapist: And?\nPatient: She hates me.\nTherapist: Oh.\n{led}Patient: I am lost.\nTherapist: Mm.\n"
    assert ("patient", "I am lost.") in said(from_text(text, "s.txt"))


@pytest.mark.parametrize("sign", ["\u2028", "\x0b", "\x0c", "\x85"])
def test_breaks_of_word_processors_are_breaks(sign: str) -> None:
    text = f"Therapist: And?{sign}Patient: She hates me.{sign}Therapist: Oh.{sign}"
    assert [role for role, _ in said(from_text(text, "s.txt"))] == ["therapist", "patient", "therapist"]
