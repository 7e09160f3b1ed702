"""Names for the demo institute: those of a real UK college."""

FIRST = (
    "Aaliyah", "Adam", "Agnieszka", "Aisha", "Alfie", "Amelia", "Ahmed", "Angharad", "Anjali",
    "Bartosz", "Bethan", "Callum", "Chidi", "Chloe", "Ciara", "Daniel", "Deepa", "Dylan", "Efua",
    "Ellie", "Emeka", "Fatima", "Finlay", "Freya", "Gareth", "Grace", "Hamza", "Hannah", "Harpreet",
    "Ibrahim", "Imogen", "Isla", "Jakub", "Jasmine", "Joshua", "Kacper", "Keira", "Kwame", "Layla",
    "Leon", "Liam", "Lowri", "Maja", "Malik", "Maryam", "Megan", "Mei", "Mohammed", "Nadia",
    "Niamh",
    "Oliver", "Oluwaseun", "Owain", "Patryk", "Poppy", "Priya", "Rhys", "Rosa", "Ruby", "Samir",
    "Sean", "Shanice", "Sofia", "Tariq", "Tomasz", "Tyrone", "Wei", "Yasmin", "Zainab", "Zofia",
)  # fmt: skip
LAST = (
    "Adeyemi", "Ahmed", "Ali", "Asante", "Baker", "Begum", "Bevan", "Brown", "Campbell", "Chan",
    "Chowdhury", "Clarke", "Davies", "Edwards", "Evans", "Fletcher", "Gill", "Green", "Griffiths",
    "Hall", "Harris", "Hughes", "Hussain", "Iqbal", "Jackson", "Jones", "Kaur", "Khan", "Kowalska",
    "Lewandowski", "Lewis", "Li", "Malik", "Marshall", "Mensah", "Miller", "Morgan", "Mwangi",
    "Nguyen", "Nowak", "O’Brien", "O’Connor", "Okafor", "Osei", "Owen", "Parry", "Patel", "Popescu",
    "Price", "Rahman", "Reid", "Roberts", "Robinson", "Ryan", "Shah", "Sharma", "Singh", "Smith",
    "Taylor", "Thomas", "Thompson", "Walker", "Wang", "Williams", "Wiśniewska", "Wright", "Yilmaz",
)  # fmt: skip
TUTORS = ("Bronwen Pritchard", "Kofi Boateng")
HEAD = "Siân Llewellyn"  # sees every cohort
SAFEGUARDING = "Dilys Akhtar"
SECOND_READER = "Marek Fletcher"  # governor
WHOM_TO_TELL = {
    "safeguarding_name": f"{SAFEGUARDING}, designated safeguarding lead",
    "safeguarding_phone": "0113 496 0142",  # a number that Ofcom keeps for stories
    "safeguarding_email": "safeguarding@demo.example",
    "out_of_hours": "The duty manager, 0113 496 0199, at any hour.",
    "leaders": "Principal and two vice principals, smt@demo.example",
}
MAY_TEST_OUT = ("apprentice",)  # many have had an induction at work
COMPLIANCE = "Margaret Ellison"
SECOND_OFFICER = "Idris Vaughan"  # confirms what the first asks for
DATA_PROTECTION = "Ewa Kowalczyk"
AUDITOR = "Morag Sinclair"  # from outside
ADMIN = "Tunde Bakare"
NEWCOMER = "Rowan Bailey"
COHORTS = (
    ("Bricklaying Level 2, September", "Bricklaying apprenticeship, level 2", "apprentice"),
    ("Health and Social Care, October", "Health and social care, level 3", "learner"),
    (
        "Early Years Educator, November",
        "Early years educator apprenticeship, level 3",
        "apprentice",
    ),
)
LAST_YEAR = ("Catering Level 2, May", "Catering, level 2", 1)  # of the kind of the second cohort
