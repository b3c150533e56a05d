"""Reference models in torch: trained here, lowered by the exporters, the measure of parity."""
