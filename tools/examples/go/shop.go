// Records a paid order, and the postback that tells Keitaro of it, in one transaction.
//
//	go run shop.go shop.db ORDER SUBID AMOUNT        go run shop.go shop.db 7 2kd9a0c 12.50
//
// Exit code 0: the order is recorded (now, or it was before). 1: nothing was recorded, the reason is on stderr.
// A second run with the same order changes nothing and says so.
//
// Needs github.com/mattn/go-sqlite3. With Debian's packages alone (golang-go or gccgo, golang-github-mattn-go-sqlite3-dev,
// libsqlite3-dev):
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go build -tags libsqlite3 shop.go
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"

	"github.com/mattn/go-sqlite3"
)

func open(path string) (*sql.DB, error) {
	options := url.Values{
		"mode": {"rw"},
		// How long to wait, in milliseconds, for the write lock while somebody else commits. The worker holds it for milliseconds.
		"_busy_timeout": {"5000"},
		// Each transaction begins with BEGIN IMMEDIATE. A plain BEGIN begins as a reader, and a reader that wants to write while
		// somebody else did fails at once with "database is locked", whatever the time-out.
		"_txlock": {"immediate"},
	}
	return sql.Open("sqlite3", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+options.Encode())
}

// Conversion is what the outbox is told of; more columns are in schema/outbox.sql.
type Conversion struct {
	Subid, Status, Tid string
	Payout             string // a decimal as text, never a float: 12.50 stays 12.50
	Currency, EventID  string
}

// appendPostback puts a row into the outbox, within the caller's transaction. The first result is what the table has against it.
//
// A row that breaks a rule fails alone; what the transaction did before stays. Whether the order counts without its postback is
// your decision. Here it does: a click id of rubbish is no reason to lose an order.
func appendPostback(ctx context.Context, tx *sql.Tx, c Conversion) (wrong string, err error) {
	// The event_id makes a second INSERT of the same event harmless.
	_, err = tx.ExecContext(ctx, `
		INSERT INTO outbox (subid, status, tid, payout, currency, event_id)
		VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (event_id) DO NOTHING`,
		c.Subid, c.Status, c.Tid, c.Payout, c.Currency, c.EventID)
	var failure sqlite3.Error
	if errors.As(err, &failure) && failure.Code == sqlite3.ErrConstraint {
		return failure.Error(), nil
	}
	return "", err
}

// recordOrder gives one line that says what was done.
func recordOrder(ctx context.Context, db *sql.DB, order, subid, amount string) (string, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return "", err
	}
	defer tx.Rollback() // All of it, or nothing: whatever returns before Commit undoes everything.

	var known int
	switch err := tx.QueryRowContext(ctx, "SELECT 1 FROM orders WHERE id = ?", order).Scan(&known); {
	case err == nil:
		return fmt.Sprintf("order %s was recorded before", order), nil
	case !errors.Is(err, sql.ErrNoRows):
		return "", err
	}
	if _, err := tx.ExecContext(ctx, "INSERT INTO orders (id, subid, amount) VALUES (?, ?, ?)", order, subid, amount); err != nil {
		return "", err
	}
	wrong, err := appendPostback(ctx, tx, Conversion{
		Subid: subid, Status: "sale", Tid: "order-" + order, Payout: amount, Currency: "usd", EventID: "order-" + order + "-paid",
	})
	if err != nil {
		return "", err
	}
	// Should this fail, for all places are sold, the order and its postback are gone too.
	if _, err := tx.ExecContext(ctx, "UPDATE places SET free = free - 1"); err != nil {
		return "", err
	}
	if err := tx.Commit(); err != nil {
		return "", err
	}
	if wrong != "" {
		return fmt.Sprintf("order %s is recorded, without a postback: %s", order, wrong), nil
	}
	return fmt.Sprintf("order %s is recorded", order), nil
}

func main() {
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: shop DATABASE ORDER SUBID AMOUNT")
		os.Exit(2)
	}
	path, order, subid, amount := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	db, err := open(path)
	if err == nil {
		defer db.Close()
		var said string
		if said, err = recordOrder(context.Background(), db, order, subid, amount); err == nil {
			fmt.Println(said)
			return
		}
	}
	fmt.Fprintf(os.Stderr, "order %s is not recorded: %v\n", order, err)
	os.Exit(1)
}
