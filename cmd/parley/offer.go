package main

import (
	"github.com/spf13/cobra"

	"parley/domain/negotiation"
	"parley/events"
)

func newOffer(a *app) *cobra.Command {
	return group("offer", "Proposals and offers, round by round",
		newOfferTable(a, events.LMC), newOfferTable(a, events.ICB), newOfferAccept(a), newOfferReject(a), newOfferWithdraw(a))
}

// newOfferTable returns "offer submit" for the LMC's own terms and "offer
// receive" for the ICB's.
func newOfferTable(a *app, by events.Party) *cobra.Command {
	offer := negotiation.TableOffer{By: by}
	verb, short := "submit", "Record terms that the LMC proposed"
	if by == events.ICB {
		verb, short = "receive", "Record terms that the ICB offered"
	}
	return a.change(change{
		use: verb + " REF --price POUNDS --unit TEXT --from DATE", short: short,
		example: `  parley offer ` + verb + ` GLO-26-0001 --price 4.10 --unit "per sample" --from 2027-04-01 --reply-by 2026-12-18
  parley offer ` + verb + ` GLO-26-0001 --price 3.85 --unit "per sample" --from 2027-04-01 --until 2028-03-31 --review 2027-10-01 --cap 12000`,
		flags: func(cmd *cobra.Command) {
			flags, terms := cmd.Flags(), &offer.Terms
			poundsVar(flags, &terms.PricePence, "price", "the price per unit, in pounds: 4.10")
			flags.StringVar(&terms.Unit, "unit", "", "what the price is for, such as \"per sample\"")
			dateVar(flags, &terms.From, "from", "the first day the terms would run")
			dateVar(flags, &terms.Until, "until", "the last day")
			dateVar(flags, &terms.Review, "review", "by when they would be looked at again")
			flags.IntVar(&terms.Cap, "cap", 0, "the most units paid for in a year")
			poundsVar(flags, &terms.AnnualPence, "annual", "the value of a year, in pounds")
			flags.StringVar(&terms.Conditions, "conditions", "", "what else is asked for")
			dateVar(flags, &offer.ReplyBy, "reply-by", "the last day on which it can be accepted")
			required(cmd, "price", "unit", "from")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			offer.Dated = on
			return offer, nil
		},
	})
}

func offerFlag(cmd *cobra.Command, n *int) {
	cmd.Flags().IntVar(n, "offer", 0, "the number of the offer")
	required(cmd, "offer")
}

func newOfferAccept(a *app) *cobra.Command {
	var cmd negotiation.AcceptOffer
	return a.change(change{
		use: "accept REF --offer N", short: "Record that the other side accepted a standing offer",
		long: `Record that the other side accepted a standing offer: the ICB one of the LMC's,
or the LMC one of the ICB's.

The agreement cancels notices that are still running, and those that had run
out are recorded as having taken effect. To let notices run on until the
agreement is signed, give --keep-notices.`,
		example: `  parley offer accept GLO-26-0001 --offer 3
  parley offer accept GLO-26-0001 --offer 3 --keep-notices --on 2026-11-20`,
		flags: func(c *cobra.Command) {
			offerFlag(c, &cmd.Offer)
			c.Flags().BoolVar(&cmd.KeepNotices, "keep-notices", false, "let running notices run on")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	})
}

func newOfferReject(a *app) *cobra.Command {
	var cmd negotiation.RejectOffer
	return a.change(change{
		use: "reject REF --offer N", short: "Record that the other side rejected an offer",
		example: `  parley offer reject GLO-26-0001 --offer 2 --text "Below the cost of doing it"`,
		flags: func(c *cobra.Command) {
			offerFlag(c, &cmd.Offer)
			c.Flags().StringVar(&cmd.Why, "text", "", "why")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	})
}

func newOfferWithdraw(a *app) *cobra.Command {
	var cmd negotiation.WithdrawOffer
	return a.change(change{
		use: "withdraw REF --offer N", short: "Record that an offer was taken back",
		long: `Record that an offer was taken back by the side that made it, or that an accepted
one fell through before it was signed.`,
		example: `  parley offer withdraw GLO-26-0001 --offer 2 --text "Sent in error"`,
		flags: func(c *cobra.Command) {
			offerFlag(c, &cmd.Offer)
			c.Flags().StringVar(&cmd.Why, "text", "", "why")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	})
}

func newAgreement(a *app) *cobra.Command {
	return group("agreement", "The signed agreement and its funding", newAgreementSign(a), newAgreementFund(a))
}

func newAgreementSign(a *app) *cobra.Command {
	var cmd negotiation.Sign
	return a.change(change{
		use: "sign REF", short: "Record that the accepted offer was signed",
		example: `  parley agreement sign GLO-26-0001 --document "Variation 7"
  parley agreement sign GLO-26-0001 --until 2028-03-31 --review 2027-10-01`,
		flags: func(c *cobra.Command) {
			documentFlag(c, &cmd.Document)
			dateVar(c.Flags(), &cmd.From, "from", "the first day (default: the offer's)")
			dateVar(c.Flags(), &cmd.Until, "until", "the last day (default: the offer's)")
			dateVar(c.Flags(), &cmd.Review, "review", "by when it is looked at again (default: the offer's)")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	})
}

func newAgreementFund(a *app) *cobra.Command {
	var cmd negotiation.Fund
	return a.change(change{
		use: "fund REF", short: "Record the first payment under the agreement",
		example: `  parley agreement fund GLO-26-0001 --amount 1200 --text "Quarter one"`,
		flags: func(c *cobra.Command) {
			poundsVar(c.Flags(), &cmd.Pence, "amount", "the amount, in pounds")
			c.Flags().StringVar(&cmd.Note, "text", "", "what it was for")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	})
}
