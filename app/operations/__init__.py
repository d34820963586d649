"""Operations that commands start: edit the list of channels, retry work, run until idle."""
