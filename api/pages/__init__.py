"""The pages people see, made on the server and whole without JavaScript."""
