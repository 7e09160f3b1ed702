"""Lists of two learners as seven programs of offices write them, by their public headings.

Each says much besides that is nobody’s business here: a National Insurance number stands in all.
"""

import io
import zipfile

NI = "QQ123456C"
_DFE = (
    "CohortRef,AgreementID,ULN,FamilyName,GivenNames,DateOfBirth,EmailAddress,StdCode,StartDate,"
    "EndDate,TotalPrice,EPAOrgID,ProviderRef,RecognisePriorLearning,NI\n"
    f"Bricks,XEGE5X,1000000388,Lee,Ann,2007-01-02,ann@x.example,57,2026-09-01,2027-09,9000,,A1,false,{NI}\n"
    f"Bricks,XEGE5X,9999999999,Li,Bo,2007-03-04,bo@x.example,57,2026-09-01,2027-09,9000,,A2,false,{NI}\n"
)


def ilr(learners: str, year: str = "2025-26", before: str = "") -> bytes:
    """An ILR of one year."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?>{before}\n'
        f'<Message xmlns="ESFA/ILR/{year}"><Header><UKPRN>10000001</UKPRN></Header>'
        f"{learners}<LearnerDestinationandProgression><LearnRefNumber>A9</LearnRefNumber>"
        "</LearnerDestinationandProgression></Message>"
    ).encode()


def one_learner(reference: str, uln: str, last: str, first: str, email: str) -> str:
    """A learner of an ILR."""
    return (
        f"<Learner><LearnRefNumber>{reference}</LearnRefNumber><ULN>{uln}</ULN>"
        f"<FamilyName>{last}</FamilyName><GivenNames>{first}</GivenNames>"
        f"<DateOfBirth>2007-01-02</DateOfBirth><Ethnicity>31</Ethnicity><NINumber>{NI}</NINumber>"
        f"<Email>{email}</Email><LLDDandHealthProblem><LLDDCat>4</LLDDCat></LLDDandHealthProblem>"
        "<LearningDelivery><LearnAimRef>ZPROG001</LearnAimRef></LearningDelivery></Learner>"
    )


def packed(**files: str) -> bytes:
    """A folder of CSV files in one."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as folder:
        for name, text in files.items():
            folder.writestr(f"sds/{name}.csv", text)
    return out.getvalue()


_ENTRA = (
    "userPrincipalName,displayName,surname,mail,givenName,id,userType,jobTitle,department,"
    "accountEnabled,mobilePhone,ageGroup,note\n"
    f"A1@x.example,Ann Lee,Lee,ann@x.example,Ann,0f1e,Member,,,True,07700900001,minor,{NI}\n"
    f"A2@x.example,Bo Li,Li,,Bo,0f2e,Member,,,True,,minor,{NI}\n"
)
_MOODLE = (
    "username,firstname,lastname,email,idnumber,course1,cohort1,cohort2,profile_field_ni\n"
    f"ann.lee,Ann,Lee,ann@x.example,A1,safety,,Bricks,{NI}\n"
    f"A2,Bo,Li,bo@x.example,,safety,Bricks,,{NI}\n"
)
_PROSOLUTION = (
    "RefNo,Surname,FirstForename,OtherForenames,DateOfBirth,Sex,UniqueLearnerNumber,NINumber,"
    "Email,GroupCode,EthnicGroup\n"
    f"A1,Lee,Ann,,02/01/2007,F,1000000388,{NI},ann@x.example,Bricks,31\n"
    f"A2,Li,Bo,,04/03/2007,M,,{NI},bo@x.example,Bricks,31\n"
)
_EBS = (
    "PERSON_CODE;FORENAME;MIDDLE_NAMES;SURNAME;DATE_OF_BIRTH;UNIQUE_LEARN_NO;NI_NUMBER;"
    "COLLEGE_EMAIL;PERSONAL_EMAIL;FES_NEXT_OF_KIN\r\n"
    f"A1;Ann;;Lee;02-JAN-07;1000000388;{NI};ann@x.example;own@x.example;Mo Lee\r\n"
    f"A2;Bo;;Li;04-MAR-07;;{NI};bo@x.example;;\r\n"
)
_USERS = (
    "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,"
    "middleName,identifier,email,sms,phone\n"
    f"u1,active,,true,ann,{{ni:{NI}}},Ann,Lee,,A1,ann@x.example,,\n"
    f"u2,active,,true,bo,{{ni:{NI}}},Bo,Li,,A2,bo@x.example,,\n"
)
ROSTER = {
    "users": _USERS,
    "roles": "sourcedId,userSourcedId,orgSourcedId,role\nr1,u1,o,student\nr2,u2,o,student\n",
    "classes": "sourcedId,orgSourcedId,title\nc1,o,Bricks\nc2,o,English\n",
    "enrollments": "classSourcedId,userSourcedId,role\nc1,u1,student\nc1,u2,student\n",
}
OFFICES = {
    "DfE bulk upload": _DFE.encode(),
    "ILR": ilr(
        one_learner("A1", "1000000388", "Lee", "Ann", "ann@x.example")
        + one_learner("A2", "9999999999", "Li", "Bo", "bo@x.example")
    ),
    "OneRoster": packed(**ROSTER),
    "Entra": f"\ufeff{_ENTRA}".encode(),
    "Moodle": _MOODLE.encode(),
    "ProSolution": _PROSOLUTION.encode("cp1252"),
    "EBS": _EBS.encode(),
}
