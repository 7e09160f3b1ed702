"""Lists as real offices produce them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Ugly:
    """A file, and how many of its rows come in and are refused."""

    data: bytes
    taken: int
    refused: int


FILES = {
    "byte order mark, Windows line ends": Ugly(
        "\ufefflearner_ref,full_name,email\r\nB1,Zoë Ó Briain,b1@x.example\r\n".encode(), 1, 0
    ),
    "Windows letters, semicolons": Ugly(
        "Ref;Name;E-mail\r\nB2;Siân O’Néill;b2@x.example\r\n".encode("cp1252"), 1, 0
    ),
    "Unicode text of Excel, tabs": Ugly(
        "ref\tname\temail\r\nB3\tŁukasz Żak\tb3@x.example\r\n".encode("utf-16"), 1, 0
    ),
    "swapped and strange columns, swapped cells": Ugly(
        b"Tel,Email,Name,Ref\n0,b4@x.example,Ann Lee,B4\n0,Bo Li,b5@x.example,B5\n", 1, 1
    ),
    "blank rows and columns": Ugly(
        b"ref,name,email,,\n,,,,\nB6,Cy Fox,b6@x.example,,\n,,,,\n,,,,\n", 1, 0
    ),
    "the same person twice": Ugly(
        b"ref,name,email\nB7,Di Ox,b7@x.example\nb7,Di Ox,b8@x.example\n", 1, 1
    ),
    "line breaks in cells": Ugly(
        b'ref,name,email,cohort\nB9,"El\nRay",b9@x.example,"Bricks\nTwo"\n', 1, 0
    ),
    "dates of Excel": Ugly(
        b"ref,name,email,due\nC1,Flo Ash,c1@x.example,1-Dec-26\n"
        b"C2,Gus Elm,c2@x.example,46357\nC0,Ivy Elm,c0@x.example,13/25/2026\n",
        2,
        1,
    ),
    "a ULN that Excel has shortened": Ugly(
        b"ref,name,email,uln\nC3,Hal Oak,c3@x.example,1.00E+09\n"
        b"C4,Ida Fir,c4@x.example,1000000388\n",
        1,
        1,
    ),
    "a comma in a name": Ugly(
        b'ref,name,email\nC5,Yew, Jo,c5@x.example\nC6,"Kim, Lou",c6@x.example\n', 1, 1
    ),
    "a title above, two columns for the name": Ugly(
        b"Learners of Level 2; autumn 2026\r\n\r\nRef;Forename;Surname;Email\r\n"
        b"D1;Oz;Ash;d1@x.example\r\nD2;Peg;;d2@x.example\r\nD3;;;d3@x.example\r\n",
        2,
        1,
    ),
    "a separator named, an audience unknown": Ugly(
        b"sep=;\r\nref;name;email;audience\r\nC7;Mo Bay;c7@x.example;Apprentice\r\n"
        b"C8;Ned Yew;c8@x.example;pupil\r\n",
        1,
        1,
    ),
}
