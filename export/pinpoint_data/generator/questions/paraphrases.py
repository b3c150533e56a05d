"""The wordings of questions that name a label, a section, a row or a column."""

BY_LABEL = (
    'What is the "{label}"?',
    'What does "{label}" say?',
    'What is entered for "{label}"?',
    'What does the page give for "{label}"?',
    "What is the {label}?",
    "What is the {label}?",
    "What's the {label}?",
    "{label}",
    "{label}?",
    'What does the form say for "{label}"?',
    'What is written under "{label}"?',
    'What is written next to "{label}"?',
    'What is entered in the field "{label}"?',
    "What is given as the {label}?",
    "Find the {label}.",
    "Read the {label}.",
    "Extract {label}",
    "Which {label} is shown?",
    "What {label} is stated on the page?",
    "Tell me the {label}",
    'What is filled in for "{label}"?',
    "What does {label} say?",
    'What stands after "{label}"?',
    "What is mentioned as {label}?",
)

BY_SECTION = (
    'What is entered for "{label}" in the section "{section}"?',
    'What does "{label}" under "{section}" say?',
    "What is the {label} of the {section}?",
    'What is the "{label}" of the {section}?',
    "{section}: what is the {label}?",
    "{section} {label}",
    "What is the {section}'s {label}?",
    "What {label} is given for the {section}?",
    "{label} ({section})",
    "For {section}, what is the {label}?",
)

BY_CELL = (
    "What is the {label} of {section}?",
    "What is the {label} for {section}?",
    "{section}: {label}",
    'What is the "{label}" in the row "{section}"?',
    "What is the value in the column {label} for {section}?",
    "How much or what is the {label} of {section}?",
    "{label} of {section}",
    'Which {label} does "{section}" have?',
)

BY_COLUMN = (
    'What is entered under "{label}"?',
    'What are the values of "{label}"?',
    "What is listed under {label}?",
    "List all {label} entries.",
    'Which values does the column "{label}" hold?',
)

BY_GROUP = (
    "Which option is ticked for {label}?",
    "What is ticked under {label}?",
    'What is selected for "{label}"?',
    "Which box is checked for {label}?",
    "{label}",
    "What is the {label}?",
    "What has been chosen as {label}?",
)
