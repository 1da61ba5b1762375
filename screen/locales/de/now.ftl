# now
