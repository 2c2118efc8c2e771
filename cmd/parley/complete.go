package main

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"parley/domain/catalogue"
	"parley/domain/deadline"
	"parley/domain/directory"
	"parley/projections/alerts"
	"parley/projections/bodies"
	"parley/projections/status"
)

// Completion asks the store, quietly: what cannot be had in a moment is not offered.

const (
	completionWait = 500 * time.Millisecond // for a store that is in use
	completionMost = 3 * time.Second        // for all of it
	completionList = 200
)

// offer opens the store and completes with what find returns: values, each
// with a description after a tab.
func (a *app) offer(cmd *cobra.Command, typed string, find func(context.Context, *session) []string) ([]cobra.Completion, cobra.ShellCompDirective) {
	quiet := *a
	quiet.stderr, quiet.wait = io.Discard, completionWait
	ctx, cancel := context.WithTimeout(cmd.Context(), completionMost)
	defer cancel()
	s, err := quiet.open(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	found := find(ctx, s)
	_ = s.close(nil)
	return fitting(found, typed), cobra.ShellCompDirectiveNoFileComp
}

// fitting returns those of found that begin as was typed, in capitals or not.
func fitting(found []cobra.Completion, typed string) []cobra.Completion {
	return slices.DeleteFunc(found, func(f cobra.Completion) bool {
		return !strings.HasPrefix(strings.ToUpper(f), strings.ToUpper(typed))
	})
}

func (a *app) completeRefs(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 && !strings.HasPrefix(typed, "-") && cmd.ValidArgsFunction != nil && cmd.Flags().NArg() > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.offer(cmd, typed, func(ctx context.Context, s *session) []string {
		var found []string
		rows, _ := s.office.Cases(ctx, status.Filter{Closed: true}) // less is offered if that fails
		for _, r := range rows {
			found = append(found, r.Ref+"\t"+oneLine(r.Title))
		}
		return found
	})
}

func (a *app) completePractices(cmd *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	done, typed := cutLast(typed)
	return a.offer(cmd, done+typed, func(ctx context.Context, s *session) []string {
		var found []string
		rows, _, _ := s.office.Find(ctx, bodies.Search{Text: typed, On: s.today()})
		for _, r := range rows {
			if r.Kind == bodies.KindPractice && r.Open && strings.HasPrefix(r.Code, strings.ToUpper(typed)) && len(found) < completionList {
				found = append(found, done+r.Code+"\t"+r.Name)
			}
		}
		return found
	})
}

// cutLast splits a list with commas before its last part.
func cutLast(typed string) (done, last string) {
	i := strings.LastIndexByte(typed, ',')
	return typed[:i+1], typed[i+1:]
}

func (a *app) completeICBs(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var found []cobra.Completion
	for _, c := range directory.New().Commissioners() {
		found = append(found, c.Code+"\t"+c.Name)
	}
	return fitting(found, typed), cobra.ShellCompDirectiveNoFileComp
}

func (a *app) completeBodies(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	practices, directive := a.completePractices(cmd, nil, typed)
	icbs, _ := a.completeICBs(cmd, nil, typed)
	return append(icbs, practices...), directive
}

func completeServices(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var found []cobra.Completion
	for _, s := range catalogue.Services() {
		found = append(found, s.Slug+"\t"+s.Name)
	}
	return fitting(found, typed), cobra.ShellCompDirectiveNoFileComp
}

// completeRule completes a flag that takes a rule of the book, and completeRules
// the one argument that does.
func completeRule(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var found []cobra.Completion
	for _, r := range deadline.Rules() {
		found = append(found, string(r.ID)+"\t"+r.Title)
	}
	return fitting(found, typed), cobra.ShellCompDirectiveNoFileComp
}

func completeRules(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return completeRule(cmd, args, typed)
}

// completeDeadlines completes a reference, then the deadlines of that case.
func (a *app) completeDeadlines(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	switch len(args) {
	case 0:
		return a.completeRefs(cmd, args, typed)
	case 1:
	default:
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.offer(cmd, typed, func(ctx context.Context, s *session) []string {
		var found []string
		file, _ := s.office.Case(ctx, args[0])
		for _, clock := range file.Case.Deadlines {
			if clock.Running() {
				found = append(found, clock.Deadline+"\t"+clock.Title)
			}
		}
		return found
	})
}

// completeAlerts completes the ID of an alert that went out of late.
func (a *app) completeAlerts(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.offer(cmd, typed, func(ctx context.Context, s *session) []string {
		var found []string
		q := alerts.Query{From: s.clock().AddDate(0, 0, -28), Until: s.clock()}
		rows, _ := s.office.Alerts(ctx, q) // else less is offered
		for _, r := range rows {
			found = append(found, r.ID+"\t"+string(r.Status))
		}
		return found
	})
}
