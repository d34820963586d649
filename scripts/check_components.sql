-- Which components of the schema are there? MISSING ones come first. Read only; docs/checks.md explains the answers.
-- An index that is INVALID counts as MISSING: no query uses it. `media-audit doctor` names the remedy for each.
SELECT kind, component, CASE WHEN present THEN 'OK' ELSE 'MISSING' END AS status
FROM (
    SELECT 1 AS place, 'table' AS kind, name AS component, to_regclass(name) IS NOT NULL AS present
    FROM unnest(ARRAY[
        'channels', 'channel_names', 'posts', 'post_media', 'media_files', 'publications', 'media_groups', 'media_group_items',
        'vision_versions', 'vision_chain', 'media_vision', 'raw_answers', 'token_ledger', 'paid_providers',
        'post_enrichment', 'tag_changes', 'search_documents', 'search_embeddings', 'work', 'worker_heartbeats',
        'outbox_events', 'outbox_dropped', 'telegram_login', 'left_out_media',
        'counters', 'counter_deltas',
        'saved_searches', 'search_lists', 'alerts', 'alert_destinations', 'alert_hits',
        'search_words', 'search_word_deltas', 'search_document_words', 'search_words_fill',
        'tag_days', 'forward_weeks', 'search_trend_deltas', 'search_document_trends', 'search_trends_fill',
        'look_alikes', 'look_alike_centres', 'look_alikes_due', 'look_alike_fill', 'shown', 'shown_fill',
        'thumbnail_fill', 'reprocess_runs', 'budget_caps', 'server_lessons',
        'questions', 'question_spans', 'answer_sentences', 'exports', 'export_parts', 'export_media',
        'users', 'web_sessions', 'one_time_links', 'api_tokens', 'audit_entries',
        'tombstones', 'tombstone_key', 'forgetting', 'forgetting_files'
    ]) AS name
    UNION ALL
    SELECT 2, 'column', name, EXISTS (
        SELECT FROM pg_attribute
        WHERE attrelid = to_regclass(split_part(name, '.', 1))
            AND attname = split_part(name, '.', 2) AND NOT attisdropped
    )
    FROM unnest(ARRAY[
        'posts.grouped_id', 'posts.publication_id', 'post_media.sha256', 'post_media.replaced_at',
        'posts.forwarded_from', 'posts.forwarded_message',
        'posts.kind', 'posts.words', 'posts.not_taken', 'post_media.role',
        'publications.grouped_id', 'publications.lead_post_id', 'publications.revision',
        'publications.persisted_revision', 'publications.trace_id', 'media_groups.album_kind',
        'media_groups.items_count', 'media_groups.caption', 'media_groups.state', 'media_group_items.position',
        'media_vision.vision_version_id', 'post_enrichment.kind', 'post_enrichment.metadata', 'tag_changes.trigger',
        'tag_changes.from_version', 'tag_changes.to_version', 'search_documents.tsv', 'work.turn', 'work.lease_token',
        'work.trace_id', 'worker_heartbeats.hangs', 'channels.login', 'channels.seen_from',
        'channels.fetch_since', 'channels.history_left_before', 'media_files.flat', 'questions.forgotten'
    ]) AS name
    UNION ALL
    SELECT 3, 'index', name, EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass(name) AND indisvalid)
    FROM unnest(ARRAY[
        'idx_posts_with_grouped_id', 'idx_posts_publication_id', 'idx_posts_has_media_true',
        'ux_posts_channel_id_telegram_message_id', 'ux_channels_telegram_id', 'ux_channels_reference',
        'ux_channel_names_channel_id_name', 'idx_channel_names_name',
        'ux_post_media_post_id_position', 'idx_post_media_sha256', 'idx_post_media_telegram_key',
        'ux_media_files_sha256', 'ux_publications_channel_id_grouped_id', 'ux_publications_lead_post_id',
        'idx_publications_feed', 'idx_publications_channel_feed', 'idx_publications_trace_id', 'ux_media_groups_channel_id_grouped_id',
        'ux_media_groups_publication_id', 'idx_media_groups_open', 'ux_media_group_items_post_id',
        'ux_vision_versions_provider_model_prompt_hash_schema_version',
        'ux_media_vision_media_file_id_vision_version_id', 'idx_media_vision_vision_version_id',
        'ux_raw_answers_step_subject_id_key_purpose', 'idx_token_ledger_open', 'idx_token_ledger_unknown', 'idx_token_ledger_answered',
        'idx_token_ledger_provider_created_at', 'idx_token_ledger_work_id', 'ux_post_enrichment_post_kind',
        'idx_post_enrichment_metadata', 'idx_tag_changes_publication_id', 'idx_search_documents_tsv',
        'idx_search_documents_channel_id_posted_at', 'idx_search_embeddings_usem3',
        'idx_search_documents_facets', 'idx_search_documents_without_facets', 'idx_search_documents_moment',
        'idx_search_documents_channel_id_moment', 'idx_search_documents_codes', 'idx_search_lists_made_at',
        'idx_search_words_trigrams', 'idx_search_words_skeleton',
        'ux_work_step_subject_id_revision', 'idx_work_turn', 'idx_work_waiting', 'idx_work_leased', 'idx_work_stuck_list',
        'ux_outbox_events_idempotency_key', 'idx_outbox_events_unpublished', 'idx_outbox_events_published',
        'idx_outbox_events_publication_id', 'ux_outbox_dropped_key', 'idx_left_out_media_channel_id',
        'idx_counter_deltas_name_key', 'idx_token_ledger_questions',
        'ux_questions_key', 'idx_questions_asked_at', 'idx_question_spans_publication_id',
        'idx_posts_forwarded_from', 'idx_posts_forward_unfilled', 'idx_tag_days_day',
        'idx_media_files_bands', 'idx_look_alike_centres_bands', 'idx_look_alikes_centre_id',
        'idx_shown_posted_at', 'idx_shown_channel_id', 'idx_shown_kind', 'idx_shown_cluster_id', 'idx_post_media_replaced',
        'ux_exports_directory', 'idx_exports_open',
        'ux_users_name', 'ux_web_sessions_token_hash', 'idx_web_sessions_user_id', 'idx_web_sessions_expires_at',
        'idx_one_time_links_expires_at', 'idx_one_time_links_user_id',
        'ux_api_tokens_token_hash', 'idx_api_tokens_user_id',
        'idx_audit_entries_actor', 'idx_audit_entries_act',
        'ux_reprocess_runs_open', 'idx_reprocess_runs_what',
        'ux_alerts_name', 'idx_alerts_search', 'ux_alert_destinations_alert_id_medium_address', 'ux_alert_destinations_token_hash',
        'ux_alert_hits_alert_id_publication_id_number', 'idx_alert_hits_alert_id', 'idx_alert_hits_publication_id',
        'ux_tombstones_kind_digest', 'idx_tombstones_belongs_to', 'idx_forgetting_files_tombstone_id',
        'idx_post_media_post_id', 'idx_media_vision_borrowed_from'
    ]) AS name
) AS components
ORDER BY present, place, component;
