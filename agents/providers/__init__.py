"""Who hears, thinks and speaks, by the names in telephony.enums; one provider a file."""
