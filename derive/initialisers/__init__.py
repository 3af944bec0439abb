"""What libraries draw weights from, as declarations: see the files beside this one."""
