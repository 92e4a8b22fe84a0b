-- Changes when another connection has committed; inside a transaction it is the snapshot's.
PRAGMA data_version;
