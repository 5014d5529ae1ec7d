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
CREATE SCHEMA drizzle;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE drizzle.__drizzle_migrations (
    id integer NOT NULL,
    hash text NOT NULL,
    created_at bigint
);
CREATE SEQUENCE drizzle.__drizzle_migrations_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE drizzle.__drizzle_migrations_id_seq OWNED BY drizzle.__drizzle_migrations.id;
CREATE TABLE public.orders (
    id bigint NOT NULL,
    total numeric(12,2),
    status text,
    customer_id bigint
);
CREATE SEQUENCE public.orders_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.orders_id_seq OWNED BY public.orders.id;
ALTER TABLE ONLY drizzle.__drizzle_migrations ALTER COLUMN id SET DEFAULT nextval('drizzle.__drizzle_migrations_id_seq'::regclass);
ALTER TABLE ONLY public.orders ALTER COLUMN id SET DEFAULT nextval('public.orders_id_seq'::regclass);
INSERT INTO drizzle.__drizzle_migrations VALUES (1, '81481798fa2e99e980d8fe41498d98eda6d0387cdd5d737afad836a98fd530d1', 1767258000000);
INSERT INTO drizzle.__drizzle_migrations VALUES (2, '2d18dbeefe01dfd2e6f03a18bf7f64b036babc0010abfc7b260bf5addb50ee45', 1768473000000);
INSERT INTO drizzle.__drizzle_migrations VALUES (3, '77930af5fee27423160e402f441c8fa0d53a0e55d690f2c44648b2d16c8f4aba', 1768896000000);
SELECT pg_catalog.setval('drizzle.__drizzle_migrations_id_seq', 3, true);
SELECT pg_catalog.setval('public.orders_id_seq', 1, false);
ALTER TABLE ONLY drizzle.__drizzle_migrations
    ADD CONSTRAINT __drizzle_migrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);
