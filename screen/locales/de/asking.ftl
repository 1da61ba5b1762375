# asking
