"""Hosts: vision-language models of Hugging Face folders, with PinPoint around them."""
