+ Platelight 0.1.0 .
