SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public._prisma_migrations (
    id character varying(36) NOT NULL,
    checksum character varying(64) NOT NULL,
    finished_at timestamp with time zone,
    migration_name character varying(255) NOT NULL,
    logs text,
    rolled_back_at timestamp with time zone,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    applied_steps_count integer DEFAULT 0 NOT NULL
);
CREATE TABLE public.orders (
    id bigint NOT NULL,
    total numeric(12,2),
    status text,
    customer_id bigint,
    region text
);
CREATE SEQUENCE public.orders_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.orders_id_seq OWNED BY public.orders.id;
ALTER TABLE ONLY public.orders ALTER COLUMN id SET DEFAULT nextval('public.orders_id_seq'::regclass);
INSERT INTO public._prisma_migrations VALUES ('943ebd41-514f-4dd9-8f71-2a0e1ee97930', '81481798fa2e99e980d8fe41498d98eda6d0387cdd5d737afad836a98fd530d1', '2026-11-21 07:50:40.606+00', '20260101090000_create_orders', NULL, NULL, '2026-11-21 07:50:40.571+00', 1);
INSERT INTO public._prisma_migrations VALUES ('496bf1f0-b56d-451b-82bb-02a6a017d5b8', '2d18dbeefe01dfd2e6f03a18bf7f64b036babc0010abfc7b260bf5addb50ee45', '2026-11-21 07:50:40.62+00', '20260115103000_add_status', NULL, NULL, '2026-11-21 07:50:40.607+00', 1);
INSERT INTO public._prisma_migrations VALUES ('7e7fead5-ea74-4c63-9f52-a41150321a8d', '77930af5fee27423160e402f441c8fa0d53a0e55d690f2c44648b2d16c8f4aba', '2026-11-21 07:50:40.646+00', '20260120080000_add_customer', NULL, NULL, '2026-11-21 07:50:40.64+00', 1);
INSERT INTO public._prisma_migrations VALUES ('fa0260b3-7a6f-4a5a-a64b-15b63f5f156b', '5e675fab767f38963c45edf63178f54fe5444c0f0afae60093d01b5461613e63', NULL, '20260125000000_add_region', 'external connector error
Error querying the database: ERROR: type "no_such_type" does not exist
   0: sql_schema_connector::apply_migration::apply_script
           with migration_name="20260125000000_add_region"
             at schema-engine/connectors/sql-schema-connector/src/apply_migration.rs:113
   1: schema_commands::commands::apply_migrations::Applying migration
           with migration_name="20260125000000_add_region"
             at schema-engine/commands/src/commands/apply_migrations.rs:95
   2: schema_engine_wasm::wasm::engine::ApplyMigrations
             at schema-engine/schema-engine-wasm/src/wasm/engine.rs:167', '2026-11-21 07:50:56.275+00', '2026-11-21 07:50:53.092+00', 0);
INSERT INTO public._prisma_migrations VALUES ('7e6ba502-e76c-4c81-b800-421126cf0f14', '80a222da569398465443d1219a2699fc497b45ac84c6df6c9477123aca0fb4a5', '2026-11-21 07:51:14.162+00', '20260125000000_add_region', NULL, NULL, '2026-11-21 07:51:14.083+00', 1);
INSERT INTO public._prisma_migrations VALUES ('beaf6554-06db-4499-9d33-b3b89e236f94', 'a2d9d3edc544c0894368e67d7489a19cf4a4ba5f6db1494c64398151b1aa2b94', NULL, '20260201000000_bad_index', 'external connector error
Error accessing result set, column not found: no_such_column
   0: sql_schema_connector::apply_migration::apply_script
           with migration_name="20260201000000_bad_index"
             at schema-engine/connectors/sql-schema-connector/src/apply_migration.rs:113
   1: schema_commands::commands::apply_migrations::Applying migration
           with migration_name="20260201000000_bad_index"
             at schema-engine/commands/src/commands/apply_migrations.rs:95
   2: schema_engine_wasm::wasm::engine::ApplyMigrations
             at schema-engine/schema-engine-wasm/src/wasm/engine.rs:167', NULL, '2026-11-21 07:51:28.99+00', 0);
SELECT pg_catalog.setval('public.orders_id_seq', 1, false);
ALTER TABLE ONLY public._prisma_migrations
    ADD CONSTRAINT _prisma_migrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);
