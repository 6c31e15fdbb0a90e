-- name: next_seq
SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'matter'), 0) + 1 AS seq;

-- name: put
INSERT INTO matter (seq, id, terminal, reference, item, item_version, envelope_version, wall, monotonic, boot_id, trusted,
                    consents, payload, state)
VALUES (:seq, :id, :terminal, :reference, :item, :item_version, :envelope_version, :wall, :monotonic, :boot_id, :trusted,
        :consents, :payload, 'queued');

-- name: get
SELECT * FROM matter WHERE id = :id;

-- name: all
SELECT * FROM matter ORDER BY seq;

-- name: in_states
SELECT * FROM matter WHERE state IN (SELECT value FROM json_each(:states)) ORDER BY seq;

-- name: counts
SELECT state, count(*) AS count FROM matter GROUP BY state;

-- name: due
SELECT * FROM matter
WHERE state = 'queued' AND (not_before <= :now OR not_before > :now + :longest_wait)
ORDER BY seq LIMIT :limit;

-- name: state
SELECT state FROM matter WHERE id = :id;

-- name: claim
UPDATE matter SET state = 'in_flight', attempts = attempts + 1 WHERE id = :id;

-- name: release_claims
UPDATE matter SET state = 'queued' WHERE state = 'in_flight' RETURNING id;

-- name: settle
UPDATE matter SET state = :state, number = :number, result = :result, rule = :rule, remedy = :remedy, error = ''
WHERE id = :id;

-- name: put_back
UPDATE matter SET state = :state, not_before = :not_before, error = :error WHERE id = :id;

-- name: wipe
UPDATE matter SET payload = NULL, result = NULL WHERE id = :id;

-- name: save_draft
INSERT INTO draft (id, session, content) VALUES (1, :session, :content)
ON CONFLICT (id) DO UPDATE SET session = excluded.session, content = excluded.content;

-- name: load_draft
SELECT session, content FROM draft;

-- name: drop_draft
DELETE FROM draft;

-- name: print_outcome
SELECT outcome FROM print WHERE action_id = :action_id;

-- name: begin_print
INSERT INTO print (action_id) VALUES (:action_id);

-- name: end_print
INSERT INTO print (action_id, outcome) VALUES (:action_id, :outcome)
ON CONFLICT (action_id) DO UPDATE SET outcome = excluded.outcome;
