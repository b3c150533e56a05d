"""What trainings read: pages, lines, questions and evidence."""
