"""THE list of commands: keys, key bar, help screen and command palette all come from it.

A command names an action of the screen it applies to. Every key has a twin that arrives through tmux, screen
and old terminals, and every command has an id under which users can give it other keys.
"""

from s3tui.tui.commands.model import Command, CommandsOf, Group, Scope

_B, _T, _C, _H = Scope.BROWSER, Scope.TRANSFERS, Scope.CREDENTIALS, Scope.HELP

_lists = CommandsOf(Group.MOVE, _B, _T)
_move = CommandsOf(Group.MOVE, _B)
_mark = CommandsOf(Group.MARK, _B)
_files = CommandsOf(Group.FILES, _B)
_view = CommandsOf(Group.VIEW, _B)
_queue = CommandsOf(Group.TRANSFERS, _T)
_to_queue = CommandsOf(Group.TRANSFERS, _B)
_to_keys = CommandsOf(Group.CREDENTIALS, _B, _T)
_keys = CommandsOf(Group.CREDENTIALS, _C)
_leave_queue = CommandsOf(Group.PROGRAM, _T)
_leave_keys = CommandsOf(Group.PROGRAM, _C)
_leave_help = CommandsOf(Group.PROGRAM, _H)
_explain = CommandsOf(Group.VIEW, _B, _T, _C)
_identity = CommandsOf(Group.CREDENTIALS, _B, _T)
_program = CommandsOf(Group.PROGRAM, _B, _T, _C)
_always = CommandsOf(Group.PROGRAM, _B, _T, _C, _H)

COMMANDS: tuple[Command, ...] = (
    # ---- move
    _lists("up", "up,k", "Up", "list('cursor_up')", "One line up"),
    _lists("down", "down,j", "Down", "list('cursor_down')", "One line down"),
    _lists("page-up", "pageup", "Page up", "list('page_up')", "One page up"),
    _lists("page-down", "pagedown", "Page down", "list('page_down')", "One page down"),
    _lists("first", "g,home", "First", "list('first')", "To the first line"),
    _lists("last", "G,end", "Last", "list('last')", "To the last line"),
    _move("open", "enter,l,right,ctrl+j", "Open", "list('open')", "Go into the folder"),
    _move("parent", "backspace,h,left", "Parent", "parent", "Go to the folder above"),
    _move("other-pane", "tab,shift+tab", "Other pane", "other_pane", "Go to the other pane"),
    _move("go-to", "colon", "Go to", "go_to", "Go to an s3:// address or a local path", bar=9, rank=11),
    # ---- mark
    _mark("mark", "space,insert", "Mark", "list('mark')", "Mark the entry, or unmark it", bar=8, rank=10),
    _mark("mark-range", "V", "Range", "list('mark_range')", "Begin a range; again marks everything between"),
    _mark("mark-all", "a", "Mark all", "list('mark_all')", "Mark everything shown"),
    _mark(
        "invert-marks",
        "asterisk",
        "Invert marks",
        "list('invert_marks')",
        "Mark what is not marked, and the other way round",
    ),
    _mark(
        "mark-pattern",
        "plus",
        "Mark pattern",
        "mark_pattern",
        "Mark the names that fit a pattern such as *.csv",
    ),
    _mark(
        "step-back",
        "escape,ctrl+g",
        "Step back",
        "step_back",
        "Give up a range, a listing, the filter or the marks",
    ),
    # ---- files and folders
    _files("copy", "c,f5", "Copy", "copy", "Copy the marked entries to the other pane", bar=1, rank=1),
    _files("move", "m,f6", "Move", "move", "Move the marked entries to the other pane", bar=2, rank=2),
    _files("rename", "r", "Rename", "rename", "Give the entry another name", bar=3, rank=8),
    _files("new-folder", "n,f7", "Folder", "new_folder", "Make a new folder here", bar=4, rank=3),
    _files(
        "delete",
        "D,f8,delete",
        "Delete",
        "delete",
        "Delete the marked entries, after a question",
        bar=5,
        rank=4,
    ),
    # ---- view
    _view("filter", "slash", "Filter", "filter", "Show only the names that fit", bar=6, rank=5),
    _view("sort", "s", "Sort", "sort", "Sort by name, size or time", bar=7, rank=9),
    _view("reverse", "S", "Reverse", "reverse", "Turn the order round"),
    _view("hidden", "full_stop", "Hidden", "hidden", "Show or hide names that begin with a dot"),
    _view("refresh", "ctrl+r", "Refresh", "refresh", "List the folder again"),
    _view("info", "i", "Info", "info", "Show size, time and ETag of the entry", bar=10, rank=12),
    _view(
        "copy-address",
        "y",
        "Copy address",
        "copy_address",
        "Show the entry's address and send it to the terminal's clipboard",
    ),
    _explain(
        "explain",
        "exclamation_mark,ctrl+y",
        "Why",
        "explain",
        "Show the details of a refusal: code, request id, operation and place",
        bar=15,
    ),
    # ---- transfers
    _queue("pause", "p", "Pause", "pause", "Pause the transfer, or let it go on", bar=1, rank=1),
    _queue("cancel", "x", "Cancel", "cancel", "Cancel the transfer", bar=2, rank=2),
    _queue("retry", "R", "Retry", "retry", "Try the failed transfer again", bar=3, rank=3),
    _queue("pause-all", "P", "Pause all", "pause_all", "Pause every transfer, or let all go on"),
    _queue("retry-all", "A", "Retry all", "retry_all", "Try every failed transfer again", bar=6, rank=7),
    _queue("clear", "C", "Clear done", "clear", "Take finished transfers off the list", bar=5, rank=6),
    _queue(
        "show-next",
        "f,tab",
        "Filter",
        "show_next",
        "Show all, active, failed or finished transfers",
        bar=4,
        rank=4,
    ),
    _queue(
        "detail",
        "i,enter,ctrl+j",
        "Detail",
        "detail",
        "Show both addresses and the server's own words",
        bar=7,
        rank=5,
    ),
    _to_queue("transfers", "t", "Queue", "app.transfers", "Show the queue of transfers", bar=12, rank=7),
    _to_queue(
        "open-uploads",
        "U",
        "Open uploads",
        "open_uploads",
        "List uploads that nobody has finished, and abort some",
    ),
    _to_queue(
        "left-commands",
        "u",
        "Unfinished commands",
        "left_commands",
        "Show the `s3tui cp` commands that were stopped, to go on or forget",
    ),
    # ---- credentials
    _to_keys("credentials", "K,f2", "Keys", "app.credentials", "Paste or type credentials", bar=11, rank=6),
    _identity(
        "who-am-i",
        "w",
        "Who am I",
        "who_am_i",
        "Show who the credentials belong to, where they lead and how long they last",
    ),
    _identity(
        "keep-connection",
        "f11",
        "Keep connection",
        "app.keep_connection",
        "Keep this connection for the next start: its place, and its credentials if you like",
    ),
    _identity(
        "forget-connection",
        "f12",
        "Forget connection",
        "app.forget_connection",
        "Forget a connection that was kept, with its credentials",
    ),
    _keys("connect", "enter,ctrl+j", "Connect", "connect", "Connect with what was understood", bar=1),
    _keys("source-1", "f3", "Source 1", "source(0)", "Take the first source found here"),
    _keys("source-2", "f4", "Source 2", "source(1)", "Take the second source"),
    _keys("source-3", "f5", "Source 3", "source(2)", "Take the third source"),
    _keys("source-4", "f6", "Source 4", "source(3)", "Take the fourth source, or choose among the others"),
    _keys(
        "more-fields",
        "f2",
        "More",
        "more_fields",
        "Turn to name, local folder, addressing, TLS authorities, access list and who pays",
        bar=6,
        rank=4,
    ),
    _keys("keep", "f7", "Keep", "keep", "Keep this connection for the next start", bar=4, rank=3),
    _keys("forget", "f12", "Forget", "forget", "Forget a connection that was kept"),
    _keys(
        "other-sources",
        "f11",
        "Others",
        "other_sources",
        "Ask Synapse, EODH, Provena, Earthdata, another address or this machine's role",
        bar=5,
        rank=2,
    ),
    _keys("clear-form", "f8", "Clear", "clear_form", "Forget what was pasted or typed", bar=3, rank=5),
    # ---- program
    _leave_queue("close-transfers", "escape,t,backspace,ctrl+g", "Back", "close", "Back to the panes", bar=8),
    _leave_keys("close-credentials", "escape,ctrl+g", "Back", "close", "Back to the panes", bar=2),
    _leave_help(
        "close-help", "escape,enter,ctrl+j,backspace,ctrl+g", "Back", "close", "Back to where you were", bar=1
    ),
    _program("help", "question_mark,f1", "Help", "app.help", "Show all keys of this screen", bar=13),
    _program("palette", "ctrl+p,f9", "Commands", "app.command_palette", "Find a command by its name"),
    _program("theme", "ctrl+t", "Theme", "app.choose_theme", "Choose the colours"),
    _always("redraw", "ctrl+l", "Redraw", "app.redraw", "Draw the whole screen again"),
    _always(
        "suspend", "ctrl+z", "Suspend", "app.suspend_process", "Go back to the shell for a while; fg returns"
    ),
    _always(
        "quit", "q,f10,ctrl+q", "Quit", "app.quit_program", "Leave; asks first while transfers run", bar=14
    ),
    _always(
        "interrupt", "ctrl+c", "How to leave", "app.say_how_to_leave", "Say how to leave; Ctrl+C never does"
    ),
)
"""Everything the user can do, in the order of the help screen."""
