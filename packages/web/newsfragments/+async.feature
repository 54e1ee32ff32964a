Render methods may be coroutines; request bodies and multipart uploads can be read while they come, bounded in size, number and time.
