"""A list of score files: pause, stop, ^Z, cancel and scenes leave it where it is."""

import threading

from play import *

BPM = 999  # a loop has 3.8 s
SCENE = {'s': {'tracks': {'x': {'params': {'s': 'x'}}},
               'sequences': {'x': {'events': [{'step': 0}]}}}}


def files():
    return [in_file(compile(session(bpm=BPM, scenes=SCENE)), '%s.odn' % name) for name in 'abc']


class List:
    """Three files being played, and what happens to them."""

    def __init__(self):
        self.port = free_port()
        self.player = Player('--loops', '1', '--control-port', str(self.port), *files(),
                             own_group=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def send(self, command, *args):
        self.socket.sendto(osc('/oiduna/' + command, *args), ('127.0.0.1', self.port))

    def after(self, seconds):
        """Waits until something has been played."""
        time.sleep(seconds)
        return self

    def changes(self):
        return [(e['what'], e['loop'], e['step']) for e in self.player.find('applied')]

    def end(self):
        status = self.player.join(30)
        self.socket.close()
        return status


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


ALL = [('session', 0, 0), ('session', 1, 0), ('session', 2, 0)]


def a_pause(playing):
    playing.after(1).send('pause')
    playing.after(0.7).send('start')


def a_cancel(playing):
    playing.after(1).send('cancel')


def a_scene_now(playing):
    playing.after(1).send('scene', 's', 'now')


def a_scene_that_is_cancelled(playing):
    playing.after(1).send('scene', 's', 'seq')
    playing.after(0.3).send('cancel')


def a_suspension(playing):
    playing.after(1)
    os.kill(playing.player.pid, signal.SIGTSTP)
    wait_for(lambda: 'T (' in open('/proc/%d/status' % playing.player.pid).read())
    os.kill(playing.player.pid, signal.SIGCONT)


def a_stop_in_the_second(playing):
    playing.player.wait('applied', loop=1)
    playing.after(1).send('stop')
    playing.after(0.3).send('start')


def a_pause_while_a_scene_waits(playing):
    playing.after(1).send('scene', 's', 'seq')
    playing.after(0.3).send('pause')
    playing.after(0.3).send('start')


def whatever_is_done_the_list_goes_on_from_where_it_was():
    cases = [a_pause, a_cancel, a_scene_now, a_scene_that_is_cancelled, a_suspension,
             a_stop_in_the_second, a_pause_while_a_scene_waits]
    lists = [(case, List()) for case in cases]
    threads = [threading.Thread(target=case, args=(playing,)) for case, playing in lists]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for case, playing in lists:
        name = case.__name__.replace('_', ' ')
        equal(playing.end(), 0, name + ': the list comes to its end')
        files_only = [c for c in playing.changes() if c[0] == 'session']
        wanted = ALL if case is not a_stop_in_the_second else ALL[:2] + [('session', 1, 0)]
        equal(files_only, wanted, name + ': each file begins where the one before has played out')
        equal(playing.player.bye()['reason'], 'finished', name + ': nothing is left over')


run([whatever_is_done_the_list_goes_on_from_where_it_was])
