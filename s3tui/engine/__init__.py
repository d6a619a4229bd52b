"""The engine process: requests in, snapshots out. The front end speaks to it through `engine.client`."""
