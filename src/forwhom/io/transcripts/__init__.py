"""Transcripts of sessions from files: WebVTT, SRT, tables, plain text, and sessions coded by hand."""

from forwhom.io.transcripts.reading import Options, Read, read_file, read_transcripts

__all__ = ["Options", "Read", "read_file", "read_transcripts"]
