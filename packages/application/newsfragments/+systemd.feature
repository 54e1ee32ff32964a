Services report to systemd when they are ready, reloading or stopping, and feed its watchdog.
