"""Label: machines that give a rendition a reading, each a module, listed in ``catalog``."""
