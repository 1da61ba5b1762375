// The page, kept live.
