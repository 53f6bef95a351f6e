/* Answers for people, who type commands without --events: on standard error. */
#ifndef OD_PLAY_PEOPLE_H
#define OD_PLAY_PEOPLE_H

#include "control.h"

/** True if answers are for people. */
bool people_ask(const struct control *control);

void people_status(struct control *control);
void people_tracks(struct control *control);
void people_metrics(struct control *control);
void people_ports(struct control *control, const struct od_midiport_info *ports, size_t n);

#endif
