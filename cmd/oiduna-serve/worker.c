#include "worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#define NICER 5 /* the loop and the player come first */

struct queue {
    struct job *head, **tail;
};

struct worker {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct queue waiting, ready; /* under the lock */
    bool stop;                   /* under the lock */
    size_t count;                /* of the loop only */
    int ready_fd;
    struct event *ready_event;
    bool started;
};

static void
queue_put(struct queue *queue, struct job *job)
{
    job->next = NULL;
    *queue->tail = job;
    queue->tail = &job->next;
}

static struct job *
queue_take(struct queue *queue)
{
    struct job *job = queue->head;
    if (job != NULL && (queue->head = job->next) == NULL) {
        queue->tail = &queue->head;
    }
    return job;
}

static void
tell_loop(struct worker *worker)
{
    uint64_t one = 1;
    /* Cannot fail but when the counter is full, and then the loop has been told already. */
    if (write(worker->ready_fd, &one, sizeof one) < 0) {
        return;
    }
}

static void *
work(void *arg)
{
    struct worker *worker = arg;
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    setpriority(PRIO_PROCESS, (id_t)gettid(), getpriority(PRIO_PROCESS, 0) + NICER);
    pthread_mutex_lock(&worker->lock);
    while (!worker->stop) {
        struct job *job = queue_take(&worker->waiting);
        if (job == NULL) {
            pthread_cond_wait(&worker->wake, &worker->lock);
            continue;
        }
        pthread_mutex_unlock(&worker->lock);
        job->run(job);
        pthread_mutex_lock(&worker->lock);
        queue_put(&worker->ready, job);
        tell_loop(worker);
    }
    pthread_mutex_unlock(&worker->lock);
    return NULL;
}

static void
finish_ready(struct worker *worker)
{
    for (;;) {
        pthread_mutex_lock(&worker->lock);
        struct job *job = queue_take(&worker->ready);
        pthread_mutex_unlock(&worker->lock);
        if (job == NULL) {
            return;
        }
        worker->count--;
        job->done(job);
    }
}

static void
on_ready(evutil_socket_t fd, short what, void *arg)
{
    (void)what;
    uint64_t count;
    if (read(fd, &count, sizeof count) < 0) {
        return;
    }
    finish_ready(arg);
}

struct worker *
worker_new(struct event_base *base, const char *name)
{
    struct worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL) {
        return NULL;
    }
    pthread_mutex_init(&worker->lock, NULL);
    pthread_cond_init(&worker->wake, NULL);
    worker->waiting.tail = &worker->waiting.head;
    worker->ready.tail = &worker->ready.head;
    worker->ready_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (worker->ready_fd >= 0) {
        worker->ready_event =
            event_new(base, worker->ready_fd, EV_READ | EV_PERSIST, on_ready, worker);
    }
    if (worker->ready_event == NULL || event_add(worker->ready_event, NULL) != 0 ||
        pthread_create(&worker->thread, NULL, work, worker) != 0) {
        worker_free(worker);
        return NULL;
    }
    worker->started = true;
    pthread_setname_np(worker->thread, name);
    return worker;
}

bool
worker_submit(struct worker *worker, struct job *job)
{
    if (worker->count >= JOBS_MAX) {
        return false;
    }
    worker->count++;
    pthread_mutex_lock(&worker->lock);
    queue_put(&worker->waiting, job);
    pthread_cond_signal(&worker->wake);
    pthread_mutex_unlock(&worker->lock);
    return true;
}

size_t
worker_waiting(const struct worker *worker)
{
    return worker->count;
}

void
worker_free(struct worker *worker)
{
    if (worker == NULL) {
        return;
    }
    if (worker->started) {
        pthread_mutex_lock(&worker->lock);
        worker->stop = true;
        pthread_cond_signal(&worker->wake);
        pthread_mutex_unlock(&worker->lock);
        pthread_join(worker->thread, NULL);
    }
    struct job *job;
    while ((job = queue_take(&worker->waiting)) != NULL) {
        queue_put(&worker->ready, job);
    }
    finish_ready(worker);
    if (worker->ready_event != NULL) {
        event_free(worker->ready_event);
    }
    if (worker->ready_fd >= 0) {
        close(worker->ready_fd);
    }
    pthread_cond_destroy(&worker->wake);
    pthread_mutex_destroy(&worker->lock);
    free(worker);
}
