"""Recent activity: the daemon's last decisions about oneself, in words and as a picture."""
