"""Operations that commands start: channels, retries, a run until idle."""
