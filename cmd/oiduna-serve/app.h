/* The parts of the program, of which each knows only itself: what the handlers of requests reach.
 */
#ifndef OD_SERVE_APP_H
#define OD_SERVE_APP_H

struct changes;
struct child;
struct clients;
struct gate;
struct latency;
struct lobby;
struct log;
struct model;
struct options;
struct pulse;
struct resume;
struct server;
struct sessions;
struct store;
struct streams;

struct app {
    const struct options *options;
    struct server *server;     /**< the door */
    struct child *child;       /**< the player */
    struct model *model;       /**< what is known of it */
    struct resume *resume;     /**< what the next one must be told */
    struct pulse *pulse;       /**< whether it answers */
    struct changes *changes;   /**< what became of what waited */
    struct lobby *lobby;       /**< who waits for the first player */
    struct gate *gate;         /**< who has the token */
    struct latency *latency;   /**< how long answers took */
    struct streams *streams;   /**< who listens */
    struct clients *clients;   /**< what they keep here */
    struct sessions *sessions; /**< what is compiled */
    struct store *store;       /**< samples and SynthDefs */
    struct log *log;
    double started; /**< Unix time */
};

#endif
